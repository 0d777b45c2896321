//! What the schema has about one person.

use super::{
    PostgresStore, components,
    database::{Database, Tries},
    entities,
    memories::delete_within,
    places, read,
    row::{MEMORY, Record, json, memories},
    runs, scores, vacuum,
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Entity,
    store::{Belongings, Erased, PersonStore, StoreError, without_case},
};
use sqlx::{
    AssertSqlSafe,
    postgres::{PgConnection, PgRow},
};
use uuid::Uuid;

#[async_trait]
impl PersonStore for PostgresStore {
    async fn entities_named(&self, name: &str) -> Result<Vec<Entity>, StoreError> {
        read!(self, named(&self.database, self.agent, name))
    }

    async fn belongings(&self, entity: Uuid) -> Result<Belongings, StoreError> {
        read!(self, belongings(&self.database, self.agent, entity))
    }

    async fn erase(&self, entity: Uuid) -> Result<Erased, StoreError> {
        erase(&self.database, self.agent, entity).await.map_err(|fault| self.told(fault))
    }
}

async fn named(database: &Database, agent: Uuid, name: &str) -> Result<Vec<Entity>, Fault> {
    // Names are compared as the engine does it; entities are few.
    let all = "SELECT id, names, metadata FROM entities WHERE agent = $1 ORDER BY id";
    let rows = sqlx::query(all).bind(agent).fetch_all(database.pool()).await?;
    let wanted = without_case(name);
    let all = rows.iter().map(|row| entities::entity(agent, row)).collect::<Result<Vec<_>, _>>()?;
    let has = |entity: &Entity| entity.names.iter().any(|name| without_case(name) == wanted);
    Ok(all.into_iter().filter(has).collect())
}

/// About whom: an agent (`$1`) and an entity (`$2`).
struct About<'a> {
    connection: &'a mut PgConnection,
    agent: Uuid,
    entity: Uuid,
}

const OF_ENTITY: &str = "agent = $1 AND entity = $2";
const OF_PERSON: &str = "agent = $1 AND (entity = $2 OR source = $2)";
const OF_EITHER: &str = "agent = $1 AND (source = $2 OR target = $2)";
/// Also about those that are deleted.
const ABOUT_MESSAGES: &str = "agent = $1 AND message IN (
    SELECT id FROM memories WHERE agent = $1 AND entity = $2
    UNION ALL SELECT id FROM receipts WHERE agent = $1 AND entity = $2)";

impl About<'_> {
    async fn rows(&mut self, statement: String) -> Result<Vec<PgRow>, sqlx::Error> {
        let query = sqlx::query(AssertSqlSafe(statement)).bind(self.agent).bind(self.entity);
        query.fetch_all(&mut *self.connection).await
    }

    async fn delete(&mut self, which: &str) -> Result<u64, sqlx::Error> {
        let delete = sqlx::query(AssertSqlSafe(format!("DELETE FROM {which}")));
        let done = delete.bind(self.agent).bind(self.entity).execute(&mut *self.connection).await?;
        Ok(done.rows_affected())
    }
}

async fn belongings(database: &Database, agent: Uuid, entity: Uuid) -> Result<Belongings, Fault> {
    let mut view = database.view().await?;
    let mut about = About { connection: &mut view, agent, entity };
    let known = "SELECT id, names, metadata FROM entities WHERE agent = $1 AND id = $2";
    let known = about.rows(known.to_owned()).await?;
    let said = format!("SELECT {MEMORY} FROM memories WHERE {OF_ENTITY} ORDER BY ordinal");
    let said = about.rows(said).await?;
    let typed = components::COMPONENT;
    let typed = format!("SELECT {typed} FROM components WHERE {OF_PERSON} ORDER BY entity, name");
    let typed = about.rows(typed).await?;
    let related = entities::RELATIONSHIP;
    let related = format!("SELECT {related} FROM relationships WHERE {OF_EITHER} ORDER BY source, target");
    let related = about.rows(related).await?;
    let joined = about.rows(format!("SELECT room FROM participants WHERE {OF_ENTITY} ORDER BY room")).await?;
    let turns = format!("SELECT {} FROM runs WHERE {ABOUT_MESSAGES} ORDER BY at, ordinal", runs::RUN);
    let turns = about.rows(turns).await?;
    let of_runs = format!("agent = $1 AND run IN (SELECT id FROM runs WHERE {ABOUT_MESSAGES})");
    let begun = about.rows(format!("SELECT record FROM effects WHERE {of_runs} ORDER BY run, step")).await?;
    let thoughts = format!("SELECT {} FROM scores WHERE {of_runs} ORDER BY at, ordinal", scores::SCORE);
    let thoughts = about.rows(thoughts).await?;
    Ok(Belongings {
        entity: known.first().map(|row| entities::entity(agent, row)).transpose()?,
        memories: memories(agent, &said)?,
        components: each(&typed, |row| components::component(agent, row))?,
        relationships: each(&related, |row| entities::relationship(agent, row))?,
        rooms: each(&joined, |row| Record::new(row, "a participant").id("room"))?,
        runs: each(&turns, runs::run)?,
        effects: each(&begun, |row| Record::new(row, "an effect").json("record"))?,
        scores: each(&thoughts, scores::score)?,
    })
}

fn each<T>(rows: &[PgRow], read: impl Fn(&PgRow) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    rows.iter().map(read).collect()
}

async fn erase(database: &Database, agent: Uuid, entity: Uuid) -> Result<Erased, Fault> {
    let mut tries = Tries::default();
    let (erased, transaction) = loop {
        match erase_once(database, agent, entity).await {
            Err(fault) if tries.again(&fault).await => {}
            erased => break erased?,
        }
    };
    vacuum::rewrite(database, &transaction).await?;
    Ok(erased)
}

/// What was erased, and the number of the transaction that did it.
async fn erase_once(database: &Database, agent: Uuid, entity: Uuid) -> Result<(Erased, String), Fault> {
    let mut transaction = database.write().await?;
    let erased = erase_within(&mut transaction, agent, entity).await?;
    let number = sqlx::query_scalar("SELECT pg_current_xact_id()::xid::text");
    let number = number.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok((erased, number))
}

async fn erase_within(connection: &mut PgConnection, agent: Uuid, entity: Uuid) -> Result<Erased, Fault> {
    let mut about = About { connection, agent, entity };
    let of_runs = format!("agent = $1 AND run IN (SELECT id FROM runs WHERE {ABOUT_MESSAGES})");
    let scores = about.delete(&format!("scores WHERE {of_runs}")).await?;
    let effects = about.delete(&format!("effects WHERE {of_runs}")).await?;
    let runs = about.delete(&format!("runs WHERE {ABOUT_MESSAGES}")).await?;
    let ids = about.rows(format!("SELECT id FROM memories WHERE {OF_ENTITY} ORDER BY id")).await?;
    let ids = each(&ids, |row| Record::new(row, "a memory").id("id"))?;
    let memories = delete_within(about.connection, agent, &ids).await?;
    about.rows(format!("UPDATE receipts SET entity = NULL WHERE {OF_ENTITY}")).await?;
    take_roles(about.connection, agent, entity).await?;
    about.delete("spending WHERE agent = $1 AND id = $2").await?;
    Ok(Erased {
        scores,
        effects,
        runs,
        memories: memories as u64,
        components: about.delete(&format!("components WHERE {OF_PERSON}")).await?,
        relationships: about.delete(&format!("relationships WHERE {OF_EITHER}")).await?,
        rooms: about.delete(&format!("participants WHERE {OF_ENTITY}")).await?,
        entities: about.delete("entities WHERE agent = $1 AND id = $2").await?,
    })
}

/// Roles are in the worlds' records.
async fn take_roles(connection: &mut PgConnection, agent: Uuid, entity: Uuid) -> Result<(), Fault> {
    let all = format!(
        "SELECT {} FROM worlds WHERE agent = $1 AND position($2 IN roles) > 0 ORDER BY id FOR UPDATE",
        places::WORLD
    );
    let found = sqlx::query(AssertSqlSafe(all)).bind(agent).bind(entity.to_string());
    for row in found.fetch_all(&mut *connection).await? {
        let mut world = places::world(agent, &row)?;
        world.roles.remove(&entity);
        sqlx::query("UPDATE worlds SET roles = $3 WHERE agent = $1 AND id = $2")
            .bind(agent)
            .bind(world.id)
            .bind(json("roles", &world.roles)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
