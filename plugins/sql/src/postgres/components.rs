//! Statements about components of entities.

use super::{
    PostgresStore,
    database::Database,
    read,
    row::{Record, json, text, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{
    ComponentKey, ComponentQuery, ComponentScope, ComponentStore, StoreError, StoredComponent,
};
use sqlx::{AssertSqlSafe, QueryBuilder, postgres::PgRow};
use std::collections::BTreeMap;
use uuid::Uuid;

#[async_trait]
impl ComponentStore for PostgresStore {
    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError> {
        self.own(components.iter().map(|component| component.agent))?;
        put(&self.database, self.agent, components).await.map_err(|fault| self.told(fault))
    }

    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError> {
        read!(self, get(&self.database, self.agent, key))
    }

    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError> {
        read!(self, find(&self.database, self.agent, query))
    }

    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError> {
        delete(&self.database, self.agent, keys).await.map_err(|fault| self.told(fault))
    }
}

/// The columns of a component.
pub(super) const COMPONENT: &str = "entity, name, world, source, room, at, data";

const PUT: &str = "INSERT INTO components (agent, entity, name, world, source, room, at, data)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[])
ON CONFLICT (agent, entity, name, world, source) DO UPDATE SET
    room = excluded.room, at = excluded.at, data = excluded.data";

async fn put(database: &Database, agent: Uuid, components: &[StoredComponent]) -> Result<(), Fault> {
    // The last one of a key counts, and all writers go in one order, so that two do not wait for each other.
    let last: BTreeMap<&ComponentKey, &StoredComponent> =
        components.iter().map(|component| (&component.key, component)).collect();
    let data = last.values().map(|component| json("the data of a component", &component.data));
    sqlx::query(PUT)
        .bind(agent)
        .bind(last.keys().map(|key| key.entity).collect::<Vec<_>>())
        .bind(last.keys().map(|key| text(&key.name).into_owned()).collect::<Vec<_>>())
        .bind(last.keys().map(|key| key.scope.world).collect::<Vec<_>>())
        .bind(last.keys().map(|key| key.scope.source).collect::<Vec<_>>())
        .bind(last.values().map(|component| component.room).collect::<Vec<_>>())
        .bind(last.values().map(|component| time(component.at)).collect::<Vec<_>>())
        .bind(data.collect::<Result<Vec<_>, Fault>>()?)
        .execute(database.pool())
        .await?;
    Ok(())
}

async fn get(database: &Database, agent: Uuid, key: &ComponentKey) -> Result<Option<StoredComponent>, Fault> {
    let one = format!(
        "SELECT {COMPONENT} FROM components WHERE agent = $1 AND entity = $2 AND name = $3
         AND world IS NOT DISTINCT FROM $4 AND source IS NOT DISTINCT FROM $5"
    );
    let row = sqlx::query(AssertSqlSafe(one))
        .bind(agent)
        .bind(key.entity)
        .bind(text(&key.name))
        .bind(key.scope.world)
        .bind(key.scope.source)
        .fetch_optional(database.pool())
        .await?;
    row.map(|row| component(agent, &row)).transpose()
}

async fn find(
    database: &Database,
    agent: Uuid,
    query: &ComponentQuery,
) -> Result<Vec<StoredComponent>, Fault> {
    let mut statement = QueryBuilder::new(format!("SELECT {COMPONENT} FROM components WHERE agent = "));
    statement.push_bind(agent);
    if let Some(entity) = query.entity {
        statement.push(" AND entity = ").push_bind(entity);
    }
    if let Some(name) = &query.name {
        statement.push(" AND name = ").push_bind(text(name).into_owned());
    }
    if let Some(scope) = query.scope {
        statement.push(" AND world IS NOT DISTINCT FROM ").push_bind(scope.world);
        statement.push(" AND source IS NOT DISTINCT FROM ").push_bind(scope.source);
    }
    statement.push(" ORDER BY entity, name, world NULLS FIRST, source NULLS FIRST");
    let rows = statement.build().fetch_all(database.pool()).await?;
    rows.iter().map(|row| component(agent, row)).collect()
}

const DELETE: &str = "DELETE FROM components
USING unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[]) AS key (entity, name, world, source)
WHERE components.agent = $1 AND components.entity = key.entity AND components.name = key.name
    AND components.world IS NOT DISTINCT FROM key.world AND components.source IS NOT DISTINCT FROM key.source";

async fn delete(database: &Database, agent: Uuid, keys: &[ComponentKey]) -> Result<usize, Fault> {
    let done = sqlx::query(DELETE)
        .bind(agent)
        .bind(keys.iter().map(|key| key.entity).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| text(&key.name).into_owned()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.scope.world).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.scope.source).collect::<Vec<_>>())
        .execute(database.pool())
        .await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}

pub(super) fn component(agent: Uuid, row: &PgRow) -> Result<StoredComponent, Fault> {
    let (record, entity) = Record::new(row, "the component of the entity").named("entity")?;
    let scope = ComponentScope { world: record.optional_id("world")?, source: record.optional_id("source")? };
    Ok(StoredComponent {
        key: ComponentKey { entity, name: record.text("name")?, scope },
        agent,
        room: record.optional_id("room")?,
        at: record.time("at")?,
        data: record.json("data")?,
    })
}
