//! Statements about components of entities.

use super::{
    SqliteStore,
    database::Database,
    row::{Record, blob, json, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{
    ComponentKey, ComponentQuery, ComponentScope, ComponentStore, StoreError, StoredComponent,
};
use sqlx::{AssertSqlSafe, QueryBuilder, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl ComponentStore for SqliteStore {
    async fn put_components(&self, components: &[StoredComponent]) -> Result<(), StoreError> {
        self.own(components.iter().map(|component| component.agent))?;
        put(&self.database, components).await.map_err(|fault| self.told(fault))
    }

    async fn component(&self, key: &ComponentKey) -> Result<Option<StoredComponent>, StoreError> {
        get(&self.database, self.agent, key).await.map_err(|fault| self.told(fault))
    }

    async fn components(&self, query: &ComponentQuery) -> Result<Vec<StoredComponent>, StoreError> {
        find(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }

    async fn delete_components(&self, keys: &[ComponentKey]) -> Result<usize, StoreError> {
        delete(&self.database, self.agent, keys).await.map_err(|fault| self.told(fault))
    }
}

pub(super) const COMPONENT: &str = "entity, name, world, source, room, at, data";

/// The component of a key; its five parts are bound in this order. The expressions are those of the index.
const OF_KEY: &str =
    "agent = ?1 AND entity = ?2 AND name = ?3 AND ifnull(world, x'') = ?4 AND ifnull(source, x'') = ?5";

pub(super) async fn put(database: &Database, components: &[StoredComponent]) -> Result<(), Fault> {
    let put =
        "INSERT INTO components (agent, entity, name, world, source, room, at, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (agent, entity, name, ifnull(world, x''), ifnull(source, x'')) DO UPDATE SET
        room = excluded.room, at = excluded.at, data = excluded.data";
    let components = components.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                for component in &components {
                    let key = &component.key;
                    sqlx::query(put)
                        .bind(blob(component.agent))
                        .bind(blob(key.entity))
                        .bind(key.name.as_str())
                        .bind(key.scope.world.map(blob))
                        .bind(key.scope.source.map(blob))
                        .bind(component.room.map(blob))
                        .bind(time(component.at))
                        .bind(json("the data of a component", &component.data)?)
                        .execute(&mut *connection)
                        .await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn get(
    database: &Database,
    agent: Uuid,
    key: &ComponentKey,
) -> Result<Option<StoredComponent>, Fault> {
    let one = format!("SELECT {COMPONENT} FROM components WHERE {OF_KEY}");
    let row = sqlx::query(AssertSqlSafe(one))
        .bind(blob(agent))
        .bind(blob(key.entity))
        .bind(key.name.as_str())
        .bind(key.scope.world.map(blob).unwrap_or_default())
        .bind(key.scope.source.map(blob).unwrap_or_default())
        .fetch_optional(database.readers())
        .await?;
    row.map(|row| component(agent, &row)).transpose()
}

pub(super) async fn find(
    database: &Database,
    agent: Uuid,
    query: &ComponentQuery,
) -> Result<Vec<StoredComponent>, Fault> {
    let mut statement = QueryBuilder::new(format!("SELECT {COMPONENT} FROM components WHERE agent = "));
    statement.push_bind(blob(agent));
    if let Some(entity) = query.entity {
        statement.push(" AND entity = ").push_bind(blob(entity));
    }
    if let Some(name) = &query.name {
        statement.push(" AND name = ").push_bind(name.as_str());
    }
    if let Some(scope) = query.scope {
        statement.push(" AND ifnull(world, x'') = ").push_bind(scope.world.map(blob).unwrap_or_default());
        statement.push(" AND ifnull(source, x'') = ").push_bind(scope.source.map(blob).unwrap_or_default());
    }
    statement.push(" ORDER BY entity, name, world, source");
    let rows = statement.build().fetch_all(database.readers()).await?;
    rows.iter().map(|row| component(agent, row)).collect()
}

pub(super) async fn delete(database: &Database, agent: Uuid, keys: &[ComponentKey]) -> Result<usize, Fault> {
    let delete = format!("DELETE FROM components WHERE {OF_KEY}");
    let keys = keys.to_vec();
    database
        .change(move |connection| {
            Box::pin(async move {
                let mut deleted = 0;
                for key in &keys {
                    let done = sqlx::query(AssertSqlSafe(delete.clone()))
                        .bind(blob(agent))
                        .bind(blob(key.entity))
                        .bind(key.name.as_str())
                        .bind(key.scope.world.map(blob).unwrap_or_default())
                        .bind(key.scope.source.map(blob).unwrap_or_default())
                        .execute(&mut *connection)
                        .await?;
                    deleted += usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
                }
                Ok(deleted)
            })
        })
        .await
}

pub(super) fn component(agent: Uuid, row: &SqliteRow) -> Result<StoredComponent, Fault> {
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
