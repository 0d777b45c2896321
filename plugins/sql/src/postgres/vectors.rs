//! Statements about vectors and spaces.

use super::{
    PostgresStore,
    database::{Database, Tries},
    row::{ROWS, Record, count, text},
    search::make_words,
};
use crate::{
    error::Fault,
    vector_index::{Candidate, Row as IndexRow, VectorIndex, best_of, bytes, product},
};
use galatea::{
    memory::Content,
    store::{Lacking, NewVector, Scored, SearchFilter, Space, SpaceStatus},
};
use sqlx::{Row, postgres::PgRow};
use std::collections::BTreeMap;
use uuid::Uuid;

fn dimension(space: &Space) -> i64 {
    count(space.dimension)
}

/// A space as the database knows it.
struct Known {
    id: i64,
    /// No memory that an older transaction than this one added lacks a vector.
    done: i64,
    /// All older transactions than this one are over.
    horizon: i64,
}

async fn known(database: &Database, agent: Uuid, space: &Space) -> Result<Option<Known>, Fault> {
    // In a restored database transactions are counted anew: then what is done is not known.
    let one = "SELECT id, CASE WHEN done <= horizon THEN done ELSE 0 END AS done, horizon
        FROM spaces, (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) AS now
        WHERE agent = $1 AND model = $2 AND dimension = $3";
    let row = sqlx::query(one)
        .bind(agent)
        .bind(text(&space.model))
        .bind(dimension(space))
        .fetch_optional(database.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let record = Record::new(&row, "a space");
    Ok(Some(Known {
        id: record.number("id")?,
        done: record.number("done")?,
        horizon: record.number("horizon")?,
    }))
}

pub(super) async fn find(
    store: &PostgresStore,
    space: &Space,
    vector: &[f32],
    filter: &SearchFilter,
    limit: usize,
) -> Result<Vec<Scored>, Fault> {
    if vector.len() != space.dimension || limit == 0 {
        return Ok(Vec::new());
    }
    let state = "SELECT id, deleted,
            (SELECT max(ordinal) FROM vectors WHERE space = spaces.id AND vector IS NOT NULL) AS last
        FROM spaces WHERE agent = $1 AND model = $2 AND dimension = $3";
    let row = sqlx::query(state)
        .bind(store.agent)
        .bind(text(&space.model))
        .bind(dimension(space))
        .fetch_optional(store.database.pool())
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let record = Record::new(&row, "a space");
    let (id, deleted) = (record.number("id")?, record.number("deleted")?);
    let last = record.optional_number("last")?.unwrap_or_default();
    let index = store.indexes.of(id, space.dimension);
    let question = {
        // Whoever comes next waits for what is read here, and need not read it.
        let mut index = index.lock().await;
        refresh(store, &mut index, id, space.dimension, (last, deleted)).await?;
        index.question(vector, filter, limit)
    };
    let Some(question) = question else { return Ok(Vec::new()) };
    let candidates = question.answer().await;
    rank(store, &candidates, vector, limit).await
}

/// Reads what was written and takes away what was deleted since the last search, by whatever process.
async fn refresh(
    store: &PostgresStore,
    index: &mut VectorIndex,
    space: i64,
    dimension: usize,
    (last, deleted): (i64, i64),
) -> Result<(), Fault> {
    let pool = store.database.pool();
    if index.deletions < deleted {
        let live = "SELECT ordinal FROM vectors WHERE space = $1 AND vector IS NOT NULL ORDER BY ordinal";
        let live: Vec<i64> = sqlx::query_scalar(live).bind(space).fetch_all(pool).await?;
        index.keep(&live);
        index.deletions = deleted;
    }
    while index.read_to < last {
        let next = "SELECT vectors.ordinal, vector, kind, room, world, entity, at
            FROM vectors JOIN memories ON memories.agent = $1 AND memories.ordinal = vectors.memory
            WHERE space = $2 AND vector IS NOT NULL AND vectors.ordinal > $3 ORDER BY vectors.ordinal LIMIT 2000";
        let rows =
            sqlx::query(next).bind(store.agent).bind(space).bind(index.read_to).fetch_all(pool).await?;
        if rows.is_empty() {
            // The last one was deleted a moment ago.
            index.read_to = last;
        }
        for row in &rows {
            let record = Record::new(row, "a vector");
            let vector = record.vector("vector", dimension)?;
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
    store: &PostgresStore,
    candidates: &[Candidate],
    query: &[f32],
    limit: usize,
) -> Result<Vec<Scored>, Fault> {
    let some = "SELECT vectors.ordinal, vector, id
        FROM vectors JOIN memories ON memories.agent = $1 AND memories.ordinal = vectors.memory
        WHERE vectors.ordinal = ANY($2)";
    let ordinals: Vec<i64> = candidates.iter().map(|candidate| candidate.ordinal).collect();
    let rows = sqlx::query(some).bind(store.agent).bind(ordinals).fetch_all(store.database.pool()).await?;
    let ranked = rows.iter().map(|row| {
        let record = Record::new(row, "a vector");
        let vector = record.vector("vector", query.len())?;
        Ok((product(&vector, query), record.number("ordinal")?, record.id("id")?))
    });
    Ok(best_of(ranked.collect::<Result<Vec<_>, Fault>>()?, limit))
}

pub(super) async fn put(
    database: &Database,
    agent: Uuid,
    space: &Space,
    vectors: &[NewVector],
) -> Result<(), Fault> {
    let mut tries = Tries::default();
    loop {
        match try_put(database, agent, space, vectors).await {
            Err(fault) if tries.again(&fault).await => {}
            done => return done,
        }
    }
}

async fn try_put(
    database: &Database,
    agent: Uuid,
    space: &Space,
    vectors: &[NewVector],
) -> Result<(), Fault> {
    let mut transaction = database.write().await?;
    // They stay until their vectors are written. The memories before the space, as who deletes memories takes them.
    let there =
        "SELECT id, ordinal FROM memories WHERE agent = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE";
    let ids: Vec<Uuid> = vectors.iter().map(|new| new.memory).collect();
    let rows = sqlx::query(there).bind(agent).bind(ids).fetch_all(&mut *transaction).await?;
    let there: BTreeMap<Uuid, i64> =
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
    let made = "INSERT INTO spaces (agent, model, dimension) VALUES ($1, $2, $3)
        ON CONFLICT (agent, model, dimension) DO UPDATE SET model = excluded.model RETURNING id";
    let id: i64 = sqlx::query_scalar(made)
        .bind(agent)
        .bind(text(&space.model))
        .bind(dimension(space))
        .fetch_one(&mut *transaction)
        .await?;
    let new: Vec<(i64, &NewVector)> =
        vectors.iter().filter_map(|new| Some((*there.get(&new.memory)?, new))).collect();
    for some in new.chunks(ROWS) {
        sqlx::query(
            "INSERT INTO vectors (space, memory, hash, vector)
             SELECT $1, memory, hash, vector FROM unnest($2::bigint[], $3::uuid[], $4::bytea[])
                 WITH ORDINALITY AS added (memory, hash, vector, place)
             ORDER BY place
             ON CONFLICT (memory, space) DO NOTHING",
        )
        .bind(id)
        .bind(some.iter().map(|(memory, _)| *memory).collect::<Vec<_>>())
        .bind(some.iter().map(|(_, new)| new.hash).collect::<Vec<_>>())
        .bind(some.iter().map(|(_, new)| new.vector.as_deref().map(bytes)).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn of_memories(
    database: &Database,
    agent: Uuid,
    space: &Space,
    memories: &[Uuid],
) -> Result<Vec<(Uuid, Vec<f32>)>, Fault> {
    let Some(known) = known(database, agent, space).await? else { return Ok(Vec::new()) };
    let some = "SELECT id, vector FROM memories JOIN vectors ON vectors.memory = memories.ordinal
        WHERE agent = $1 AND id = ANY($2) AND space = $3 AND vector IS NOT NULL";
    let rows = sqlx::query(some).bind(agent).bind(memories).bind(known.id).fetch_all(database.pool()).await?;
    read(&rows, "id", space)
}

pub(super) async fn of_texts(
    database: &Database,
    agent: Uuid,
    space: &Space,
    hashes: &[Uuid],
) -> Result<Vec<(Uuid, Vec<f32>)>, Fault> {
    let Some(known) = known(database, agent, space).await? else { return Ok(Vec::new()) };
    let some = "SELECT DISTINCT ON (hash) hash, vector FROM vectors
        WHERE space = $1 AND hash = ANY($2) AND vector IS NOT NULL ORDER BY hash";
    let rows = sqlx::query(some).bind(known.id).bind(hashes).fetch_all(database.pool()).await?;
    read(&rows, "hash", space)
}

fn read(rows: &[PgRow], id: &str, space: &Space) -> Result<Vec<(Uuid, Vec<f32>)>, Fault> {
    let one = |row| {
        let record = Record::new(row, "a vector");
        Ok((record.id(id)?, record.vector("vector", space.dimension)?))
    };
    rows.iter().map(one).collect()
}

/// So many transactions later it is worth a write to say how far a space is done.
const OFTEN: i64 = 100;

pub(super) async fn lacking(
    database: &Database,
    agent: Uuid,
    space: &Space,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Lacking>, Fault> {
    make_words(database, agent).await?;
    // Read first: what is added after it does not count as done.
    let known = known(database, agent, space).await?;
    let (id, done) = known.as_ref().map_or((0, 0), |known| (known.id, known.done));
    let newest = "SELECT ordinal, id, content FROM memories
        WHERE agent = $1 AND wants_vector AND added_by >= $2 AND ordinal < $3
        AND NOT EXISTS (SELECT FROM vectors WHERE vectors.memory = memories.ordinal AND space = $4)
        ORDER BY ordinal DESC LIMIT $5";
    // Planned anew each time: what is best depends on how much is done.
    let rows = sqlx::query(newest)
        .bind(agent)
        .bind(done)
        .bind(before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX))
        .bind(id)
        .bind(count(limit))
        .persistent(false)
        .fetch_all(database.pool())
        .await?;
    if let Some(known) = known.filter(|known| known.horizon >= known.done.saturating_add(OFTEN))
        && rows.is_empty()
        && before.is_none()
        && limit > 0
    {
        let say = "UPDATE spaces SET done = $1 WHERE id = $2";
        sqlx::query(say).bind(known.horizon).bind(known.id).execute(database.pool()).await?;
    }
    let one = |row| {
        let (record, id) = Record::new(row, "the memory").named("id")?;
        let text = record.json::<Content>("content")?.text;
        Ok(Lacking { id, text, ordinal: record.number("ordinal")?.unsigned_abs() })
    };
    rows.iter().map(one).collect()
}

pub(super) async fn spaces(database: &Database, agent: Uuid) -> Result<Vec<SpaceStatus>, Fault> {
    make_words(database, agent).await?;
    let all = "SELECT model, dimension,
            (SELECT count(*) FROM vectors WHERE space = spaces.id AND vector IS NOT NULL) AS vectors,
            (SELECT count(*) FROM memories WHERE agent = $1 AND wants_vector
             AND added_by >= CASE WHEN done <= horizon THEN done ELSE 0 END
             AND NOT EXISTS (SELECT FROM vectors WHERE vectors.memory = memories.ordinal AND space = spaces.id)
            ) AS lacking
        FROM spaces, (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) AS now
        WHERE agent = $1 ORDER BY id";
    let rows = sqlx::query(all).bind(agent).fetch_all(database.pool()).await?;
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

pub(super) async fn delete_space(store: &PostgresStore, space: &Space) -> Result<(), Fault> {
    let database = &store.database;
    let Some(known) = known(database, store.agent, space).await? else { return Ok(()) };
    let mut transaction = database.write().await?;
    // Many are deleted; nobody waits for it.
    sqlx::raw_sql("SET LOCAL statement_timeout TO 0").execute(&mut *transaction).await?;
    // The row first: who adds vectors holds it, and afterwards makes a new space.
    for delete in ["DELETE FROM spaces WHERE id = $1", "DELETE FROM vectors WHERE space = $1"] {
        sqlx::query(delete).bind(known.id).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    store.indexes.forget(known.id);
    Ok(())
}
