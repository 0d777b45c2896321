//! What the file has about one person.

use super::{
    SqliteStore, components,
    database::Database,
    memories::delete_within,
    places,
    row::{MEMORY, PARAMETERS, Record, blob, json, memories},
    runs, scores,
};
use crate::error::{Fault, explain};
use async_trait::async_trait;
use galatea::{
    memory::{Entity, Memory},
    store::{Belongings, Erased, PersonStore, StoreError, without_case},
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl PersonStore for SqliteStore {
    async fn entities_named(&self, name: &str) -> Result<Vec<Entity>, StoreError> {
        named(&self.database, self.agent, name).await.map_err(|fault| self.told(fault))
    }

    async fn belongings(&self, entity: Uuid) -> Result<Belongings, StoreError> {
        let read = async {
            let mut reader = self.database.readers().begin().await?;
            belongings(&mut reader, self.agent, entity).await
        };
        read.await.map_err(|fault| self.told(fault))
    }

    async fn erase(&self, entity: Uuid) -> Result<Erased, StoreError> {
        erase(&self.database, self.agent, entity).await.map_err(|fault| self.told(fault))
    }
}

async fn named(database: &Database, agent: Uuid, name: &str) -> Result<Vec<Entity>, Fault> {
    // Names are compared as the engine does it, which SQLite cannot; entities are few.
    let all = "SELECT id, names, metadata FROM entities WHERE agent = ?1 ORDER BY id";
    let rows = sqlx::query(all).bind(blob(agent)).fetch_all(database.readers()).await?;
    let wanted = without_case(name);
    let entities = rows.iter().map(|row| places::entity(agent, row)).collect::<Result<Vec<_>, _>>()?;
    let has = |entity: &Entity| entity.names.iter().any(|name| without_case(name) == wanted);
    Ok(entities.into_iter().filter(has).collect())
}

/// The rows of a statement about an agent (`?1`) and an entity (`?2`).
async fn rows(
    connection: &mut SqliteConnection,
    statement: String,
    agent: Uuid,
    entity: Uuid,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    sqlx::query(AssertSqlSafe(statement)).bind(blob(agent)).bind(blob(entity)).fetch_all(connection).await
}

const OF_ENTITY: &str = "agent = ?1 AND entity = ?2";
const OF_PERSON: &str = "agent = ?1 AND (entity = ?2 OR source = ?2)";
const OF_EITHER: &str = "agent = ?1 AND (source = ?2 OR target = ?2)";
/// Also about those that are deleted.
const ABOUT_MESSAGES: &str = "agent = ?1 AND message IN (
    SELECT id FROM memories WHERE agent = ?1 AND entity = ?2
    UNION ALL SELECT id FROM receipts WHERE agent = ?1 AND entity = ?2)";

async fn belongings(
    connection: &mut SqliteConnection,
    agent: Uuid,
    entity: Uuid,
) -> Result<Belongings, Fault> {
    let known = rows(
        connection,
        "SELECT id, names, metadata FROM entities WHERE agent = ?1 AND id = ?2".to_owned(),
        agent,
        entity,
    )
    .await?;
    let said = format!("SELECT {MEMORY} FROM memories WHERE {OF_ENTITY} ORDER BY ordinal");
    let said: Vec<Memory> = memories(agent, &rows(connection, said, agent, entity).await?)?;
    let typed =
        format!("SELECT {} FROM components WHERE {OF_PERSON} ORDER BY entity, name", components::COMPONENT);
    let typed = rows(connection, typed, agent, entity).await?;
    let related = format!(
        "SELECT id, source, target, tags, metadata, at FROM relationships WHERE {OF_EITHER} ORDER BY source, target"
    );
    let related = rows(connection, related, agent, entity).await?;
    let joined = rows(
        connection,
        format!("SELECT room FROM participants WHERE {OF_ENTITY} ORDER BY room"),
        agent,
        entity,
    )
    .await?;
    let turns = format!("SELECT {} FROM runs WHERE {ABOUT_MESSAGES} ORDER BY at, ordinal", runs::RUN);
    let turns = rows(connection, turns, agent, entity).await?;
    let begun = format!(
        "SELECT record FROM effects WHERE agent = ?1 AND run IN (SELECT id FROM runs WHERE {ABOUT_MESSAGES}) ORDER BY run, step"
    );
    let begun = rows(connection, begun, agent, entity).await?;
    let thoughts = format!(
        "SELECT {} FROM scores WHERE agent = ?1 AND run IN (SELECT id FROM runs WHERE {ABOUT_MESSAGES}) ORDER BY at, ordinal",
        scores::SCORE
    );
    let thoughts = rows(connection, thoughts, agent, entity).await?;
    Ok(Belongings {
        entity: known.first().map(|row| places::entity(agent, row)).transpose()?,
        memories: said,
        components: typed.iter().map(|row| components::component(agent, row)).collect::<Result<_, _>>()?,
        relationships: related
            .iter()
            .map(|row| places::relationship(agent, row))
            .collect::<Result<_, _>>()?,
        rooms: joined
            .iter()
            .map(|row| Record::new(row, "a participant").id("room"))
            .collect::<Result<_, _>>()?,
        runs: turns.iter().map(runs::read).collect::<Result<_, _>>()?,
        effects: begun
            .iter()
            .map(|row| Record::new(row, "an effect").json("record"))
            .collect::<Result<_, _>>()?,
        scores: thoughts.iter().map(scores::read).collect::<Result<_, _>>()?,
    })
}

/// Erases alone, not together with others: afterwards the file is written anew, which no transaction may do.
async fn erase(database: &Database, agent: Uuid, entity: Uuid) -> Result<Erased, Fault> {
    let mut writer = database.writer().acquire().await?;
    // Deleted text is overwritten, also within pages that stay in use.
    sqlx::raw_sql("PRAGMA secure_delete = ON").execute(&mut *writer).await?;
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    let erased = erase_within(&mut transaction, agent, entity).await?;
    transaction.commit().await?;
    sqlx::raw_sql("PRAGMA secure_delete = OFF").execute(&mut *writer).await?;
    let left = |why: String| {
        let what = "the records are deleted, but what they said may be in free space still";
        Fault::Told(format!("{what}: {why}. Erase again when nobody else uses the storage"))
    };
    let failed = |error: sqlx::Error| left(explain(database.place(), &error));
    // What was deleted or changed before is in free pages still, and all of it in the write-ahead log.
    sqlx::raw_sql("VACUUM").execute(&mut *writer).await.map_err(failed)?;
    let emptied = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = sqlx::query_scalar(emptied).fetch_one(&mut *writer).await.map_err(failed)?;
    match busy {
        0 => Ok(erased),
        _ => Err(left(format!("{} is being read by another process", database.place()))),
    }
}

async fn erase_within(connection: &mut SqliteConnection, agent: Uuid, entity: Uuid) -> Result<Erased, Fault> {
    let of_runs = format!("agent = ?1 AND run IN (SELECT id FROM runs WHERE {ABOUT_MESSAGES})");
    let scores = delete(connection, &format!("scores WHERE {of_runs}"), agent, entity).await?;
    let effects = delete(connection, &format!("effects WHERE {of_runs}"), agent, entity).await?;
    let runs = delete(connection, &format!("runs WHERE {ABOUT_MESSAGES}"), agent, entity).await?;
    let ids = rows(connection, format!("SELECT id FROM memories WHERE {OF_ENTITY}"), agent, entity).await?;
    let ids = ids.iter().map(|row| Record::new(row, "a memory").id("id")).collect::<Result<Vec<_>, _>>()?;
    let mut memories = 0;
    for ids in ids.chunks(PARAMETERS) {
        memories += delete_within(connection, agent, ids).await?;
    }
    let of_nobody = format!("UPDATE receipts SET entity = NULL WHERE {OF_ENTITY}");
    rows(connection, of_nobody, agent, entity).await?;
    take_roles(connection, agent, entity).await?;
    delete(connection, "spending WHERE agent = ?1 AND id = ?2", agent, entity).await?;
    Ok(Erased {
        scores,
        runs,
        effects,
        memories: memories as u64,
        components: delete(connection, &format!("components WHERE {OF_PERSON}"), agent, entity).await?,
        relationships: delete(connection, &format!("relationships WHERE {OF_EITHER}"), agent, entity).await?,
        rooms: delete(connection, &format!("participants WHERE {OF_ENTITY}"), agent, entity).await?,
        entities: delete(connection, "entities WHERE agent = ?1 AND id = ?2", agent, entity).await?,
    })
}

async fn delete(
    connection: &mut SqliteConnection,
    which: &str,
    agent: Uuid,
    entity: Uuid,
) -> Result<u64, sqlx::Error> {
    let delete = AssertSqlSafe(format!("DELETE FROM {which}"));
    let done = sqlx::query(delete).bind(blob(agent)).bind(blob(entity)).execute(connection).await?;
    Ok(done.rows_affected())
}

/// Roles are in the worlds' records.
async fn take_roles(connection: &mut SqliteConnection, agent: Uuid, entity: Uuid) -> Result<(), Fault> {
    let all = format!("SELECT {} FROM worlds WHERE agent = ?1 AND instr(roles, ?2) > 0", places::WORLD);
    let found = sqlx::query(AssertSqlSafe(all)).bind(blob(agent)).bind(entity.to_string());
    for row in found.fetch_all(&mut *connection).await? {
        let mut world = places::world(agent, &row)?;
        world.roles.remove(&entity);
        sqlx::query("UPDATE worlds SET roles = ?3 WHERE agent = ?1 AND id = ?2")
            .bind(blob(agent))
            .bind(blob(world.id))
            .bind(json("roles", &world.roles)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
