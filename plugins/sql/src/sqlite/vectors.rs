//! Statements about vectors and spaces.

use super::{
    SqliteStore,
    database::Database,
    memories::distinct,
    row::{PARAMETERS, Record, blob, count, with_ids},
};
use crate::{
    error::Fault,
    vector_index::{self, Candidate, Row as IndexRow, VectorIndex, best_of, bytes, product},
};
use galatea::{
    memory::Content,
    store::{Lacking, NewVector, Scored, SearchFilter, Space, SpaceStatus},
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

fn floats(record: &Record<'_>, dimension: usize) -> Result<Vec<f32>, Fault> {
    let told = |why| Fault::damaged("a vector (column `vector`)", why);
    vector_index::floats(record.bytes("vector")?, dimension).map_err(told)
}

fn dimension(space: &Space) -> i64 {
    count(space.dimension)
}

/// The id of a space, and up to which ordinal no memory lacks a vector.
async fn known(database: &Database, agent: Uuid, space: &Space) -> Result<Option<(i64, i64)>, Fault> {
    let one = "SELECT id, done FROM spaces WHERE agent = ?1 AND model = ?2 AND dimension = ?3";
    let row = sqlx::query(one)
        .bind(blob(agent))
        .bind(&space.model)
        .bind(dimension(space))
        .fetch_optional(database.readers())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let record = Record::new(&row, "a space");
    Ok(Some((record.number("id")?, record.number("done")?)))
}

pub(super) async fn find(
    store: &SqliteStore,
    space: &Space,
    vector: &[f32],
    filter: &SearchFilter,
    limit: usize,
) -> Result<Vec<Scored>, Fault> {
    if vector.len() != space.dimension || limit == 0 {
        return Ok(Vec::new());
    }
    let state = "SELECT id, deleted, (SELECT max(ordinal) FROM vectors WHERE space = spaces.id AND vector IS NOT NULL) AS last
        FROM spaces WHERE agent = ?1 AND model = ?2 AND dimension = ?3";
    let row = sqlx::query(state)
        .bind(blob(store.agent))
        .bind(&space.model)
        .bind(dimension(space))
        .fetch_optional(store.database.readers())
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let record = Record::new(&row, "a space");
    let (id, deleted) = (record.number("id")?, record.number("deleted")?);
    let last = record.optional_number("last")?.unwrap_or_default();
    let index = store.indexes.of(id, space.dimension);
    let question = {
        // Whoever comes next waits for what is read here, and need not read it.
        let mut index = index.lock().await;
        refresh(&store.database, &mut index, id, space.dimension, (last, deleted)).await?;
        index.question(vector, filter, limit)
    };
    let Some(question) = question else { return Ok(Vec::new()) };
    let candidates = question.answer().await;
    rank(&store.database, &candidates, vector, limit).await
}

/// Reads what was written and takes away what was deleted since the last search, by whatever process.
async fn refresh(
    database: &Database,
    index: &mut VectorIndex,
    space: i64,
    dimension: usize,
    (last, deleted): (i64, i64),
) -> Result<(), Fault> {
    if index.deletions < deleted {
        let live = "SELECT ordinal FROM vectors WHERE space = ?1 AND vector IS NOT NULL ORDER BY ordinal";
        let live: Vec<i64> = sqlx::query_scalar(live).bind(space).fetch_all(database.readers()).await?;
        index.keep(&live);
        index.deletions = deleted;
    }
    while index.read_to < last {
        let next = "SELECT vectors.ordinal, vector, kind, room, world, entity, at
            FROM vectors CROSS JOIN memories ON memories.ordinal = vectors.memory
            WHERE space = ?1 AND vector IS NOT NULL AND vectors.ordinal > ?2 ORDER BY vectors.ordinal LIMIT 2000";
        let rows = sqlx::query(next).bind(space).bind(index.read_to).fetch_all(database.readers()).await?;
        if rows.is_empty() {
            // The last one was deleted a moment ago.
            index.read_to = last;
        }
        for row in &rows {
            let record = Record::new(row, "a vector");
            let vector = floats(&record, dimension)?;
            let row = IndexRow {
                ordinal: record.number("ordinal")?,
                kind: &record.text("kind")?,
                room: record.id("room")?,
                world: record.optional_id("world")?,
                entity: record.id("entity")?,
                at: record.time("at")?,
            };
            index.add(&row, &vector);
        }
    }
    Ok(())
}

/// Ranks candidates by the vectors as they are.
async fn rank(
    database: &Database,
    candidates: &[Candidate],
    query: &[f32],
    limit: usize,
) -> Result<Vec<Scored>, Fault> {
    let mut ranked: Vec<(f64, i64, Uuid)> = Vec::with_capacity(candidates.len());
    for some in candidates.chunks(PARAMETERS) {
        let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
            "SELECT vectors.ordinal, vector, id FROM vectors
             CROSS JOIN memories ON memories.ordinal = vectors.memory WHERE vectors.ordinal IN (",
        );
        let mut list = statement.separated(", ");
        for candidate in some {
            list.push_bind(candidate.ordinal);
        }
        statement.push(")");
        for row in statement.build().fetch_all(database.readers()).await? {
            let record = Record::new(&row, "a vector");
            let vector = floats(&record, query.len())?;
            ranked.push((product(&vector, query), record.number("ordinal")?, record.id("id")?));
        }
    }
    Ok(best_of(ranked, limit))
}

pub(super) async fn put(
    database: &Database,
    agent: Uuid,
    space: &Space,
    vectors: &[NewVector],
) -> Result<(), Fault> {
    let (space, vectors) = (space.clone(), vectors.to_vec());
    database
        .change(move |connection| {
            Box::pin(async move { put_within(connection, agent, &space, &vectors).await })
        })
        .await
}

async fn put_within(
    connection: &mut SqliteConnection,
    agent: Uuid,
    space: &Space,
    vectors: &[NewVector],
) -> Result<(), Fault> {
    let made = "INSERT INTO spaces (agent, model, dimension) VALUES (?1, ?2, ?3)
        ON CONFLICT (agent, model, dimension) DO UPDATE SET model = model RETURNING id";
    let ids: Vec<i64> = sqlx::query_scalar(made)
        .bind(blob(agent))
        .bind(&space.model)
        .bind(dimension(space))
        .fetch_all(&mut *connection)
        .await?;
    for new in vectors {
        sqlx::query(
            "INSERT INTO vectors (space, memory, hash, vector)
             SELECT ?1, ordinal, ?2, ?3 FROM memories WHERE agent = ?4 AND id = ?5
             ON CONFLICT (memory, space) DO NOTHING",
        )
        .bind(ids.first())
        .bind(blob(new.hash))
        .bind(new.vector.as_deref().map(bytes))
        .bind(blob(agent))
        .bind(blob(new.memory))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(super) async fn of_memories(
    database: &Database,
    agent: Uuid,
    space: &Space,
    memories: &[Uuid],
) -> Result<Vec<(Uuid, Vec<f32>)>, Fault> {
    let Some((id, _)) = known(database, agent, space).await? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for some in distinct(memories).chunks(PARAMETERS) {
        let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
            "SELECT id, vector FROM memories JOIN vectors ON vectors.memory = memories.ordinal
             WHERE vector IS NOT NULL AND space = ",
        );
        statement.push_bind(id).push(" AND agent = ").push_bind(blob(agent)).push(" AND id IN ");
        with_ids(&mut statement, some);
        let rows = statement.build().fetch_all(database.readers()).await?;
        found.extend(read(&rows, "id", space)?);
    }
    Ok(found)
}

pub(super) async fn of_texts(
    database: &Database,
    agent: Uuid,
    space: &Space,
    hashes: &[Uuid],
) -> Result<Vec<(Uuid, Vec<f32>)>, Fault> {
    let Some((id, _)) = known(database, agent, space).await? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for some in distinct(hashes).chunks(PARAMETERS) {
        let mut statement: QueryBuilder<Sqlite> =
            QueryBuilder::new("SELECT hash, vector FROM vectors WHERE vector IS NOT NULL AND space = ");
        statement.push_bind(id).push(" AND hash IN ");
        with_ids(&mut statement, some);
        statement.push(" GROUP BY hash");
        let rows = statement.build().fetch_all(database.readers()).await?;
        found.extend(read(&rows, "hash", space)?);
    }
    Ok(found)
}

fn read(rows: &[SqliteRow], id: &str, space: &Space) -> Result<Vec<(Uuid, Vec<f32>)>, Fault> {
    let one = |row| {
        let record = Record::new(row, "a vector");
        Ok((record.id(id)?, floats(&record, space.dimension)?))
    };
    rows.iter().map(one).collect()
}

/// What [`wants_vector`](galatea::store::wants_vector) says, as a condition; `?2` is every character that is blank.
const WANTS: &str = "trim(search, ?2) <> '' AND (
    kind IN ('message', 'fact', 'fragment')
    OR CASE WHEN json_valid(metadata) THEN json_type(metadata, '$.embed') = 'true' END
)";

/// Every character that [`str::trim`] takes away.
const BLANKS: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

pub(super) async fn lacking(
    database: &Database,
    agent: Uuid,
    space: &Space,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Lacking>, Fault> {
    let known = known(database, agent, space).await?;
    let (id, done) = known.unwrap_or_default();
    // Read first: what is added after it does not count as done.
    let last = "SELECT ifnull(max(ordinal), 0) FROM memories";
    let last: i64 = sqlx::query_scalar(last).fetch_one(database.readers()).await?;
    let newest = format!(
        "SELECT ordinal, id, content FROM memories
         WHERE agent = ?1 AND ordinal > ?3 AND ordinal < ?4 AND {WANTS}
         AND NOT EXISTS (SELECT 1 FROM vectors WHERE vectors.memory = memories.ordinal AND space = ?5)
         ORDER BY ordinal DESC LIMIT ?6"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(newest))
        .bind(blob(agent))
        .bind(BLANKS)
        .bind(done)
        .bind(before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX))
        .bind(id)
        .bind(count(limit))
        .fetch_all(database.readers())
        .await?;
    if rows.is_empty() && before.is_none() && limit > 0 && known.is_some() && last > done {
        let done = sqlx::query("UPDATE spaces SET done = ?1 WHERE id = ?2 AND done < ?1");
        database.done(done.bind(last).bind(id)).await?;
    }
    let one = |row| {
        let (record, id) = Record::new(row, "the memory").named("id")?;
        let text = record.json::<Content>("content")?.text;
        Ok(Lacking { id, text, ordinal: record.number("ordinal")?.unsigned_abs() })
    };
    rows.iter().map(one).collect()
}

pub(super) async fn spaces(database: &Database, agent: Uuid) -> Result<Vec<SpaceStatus>, Fault> {
    let all = format!(
        "SELECT model, dimension,
             (SELECT count(*) FROM vectors WHERE space = spaces.id AND vector IS NOT NULL) AS vectors,
             (SELECT count(*) FROM memories WHERE agent = ?1 AND ordinal > spaces.done AND {WANTS}
              AND NOT EXISTS (SELECT 1 FROM vectors WHERE vectors.memory = memories.ordinal AND space = spaces.id)
             ) AS lacking
         FROM spaces WHERE agent = ?1 ORDER BY id"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(all))
        .bind(blob(agent))
        .bind(BLANKS)
        .fetch_all(database.readers())
        .await?;
    let one = |row| {
        let record = Record::new(row, "a space");
        let dimension = usize::try_from(record.number("dimension")?).unwrap_or_default();
        Ok(SpaceStatus {
            space: Space { model: record.text("model")?, dimension },
            vectors: record.number("vectors")?.unsigned_abs(),
            lacking: record.number("lacking")?.unsigned_abs(),
        })
    };
    rows.iter().map(one).collect()
}

/// How many vectors are deleted at once: other writers shall not wait long.
const DELETED_AT_ONCE: i64 = 2_000;

/// The space goes at once, what is in it piece by piece; pieces that an ended process left go with the next space.
pub(super) async fn delete_space(store: &SqliteStore, space: &Space) -> Result<(), Fault> {
    let database = &store.database;
    let Some((id, _)) = known(database, store.agent, space).await? else { return Ok(()) };
    database.done(sqlx::query("DELETE FROM spaces WHERE id = ?1").bind(id)).await?;
    store.indexes.forget(id);
    loop {
        let orphans = "DELETE FROM vectors WHERE ordinal IN (
            SELECT ordinal FROM vectors WHERE space NOT IN (SELECT id FROM spaces) LIMIT ?1)";
        if database.done(sqlx::query(orphans).bind(DELETED_AT_ONCE)).await? == 0 {
            return Ok(());
        }
    }
}
