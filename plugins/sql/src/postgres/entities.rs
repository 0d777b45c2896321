//! Statements about entities and their relationships.

use super::{
    PostgresStore,
    database::{Database, Tries},
    read,
    row::{Record, json, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::{Entity, Relationship},
    store::{EntityStore, StoreError},
};
use sqlx::{AssertSqlSafe, postgres::PgRow};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[async_trait]
impl EntityStore for PostgresStore {
    async fn put_entities(&self, entities: &[Entity]) -> Result<(), StoreError> {
        self.own(entities.iter().map(|entity| entity.agent))?;
        put_entities(&self.database, self.agent, entities).await.map_err(|fault| self.told(fault))
    }

    async fn entities(&self, ids: &[Uuid]) -> Result<Vec<Entity>, StoreError> {
        read!(self, entities(&self.database, self.agent, ids))
    }

    async fn put_relationships(&self, relationships: &[Relationship]) -> Result<(), StoreError> {
        self.own(relationships.iter().map(|relationship| relationship.agent))?;
        put_relationships(&self.database, self.agent, relationships).await.map_err(|fault| self.told(fault))
    }

    async fn relationships(&self, entity: Uuid) -> Result<Vec<Relationship>, StoreError> {
        read!(self, relationships(&self.database, self.agent, entity))
    }
}

const PUT_ENTITIES: &str = "INSERT INTO entities (agent, id, names, metadata)
SELECT $1, * FROM unnest($2::uuid[], $3::text[], $4::text[])
ON CONFLICT (agent, id) DO UPDATE SET names = excluded.names, metadata = excluded.metadata";

async fn put_entities(database: &Database, agent: Uuid, entities: &[Entity]) -> Result<(), Fault> {
    // The last one of an id counts, and all writers go in one order, so that two do not wait for each other.
    let last: BTreeMap<Uuid, &Entity> = entities.iter().map(|entity| (entity.id, entity)).collect();
    let names = last.values().map(|entity| json("names", &entity.names));
    let metadata = last.values().map(|entity| json("metadata", &entity.metadata));
    sqlx::query(PUT_ENTITIES)
        .bind(agent)
        .bind(last.keys().copied().collect::<Vec<_>>())
        .bind(names.collect::<Result<Vec<_>, Fault>>()?)
        .bind(metadata.collect::<Result<Vec<_>, Fault>>()?)
        .execute(database.pool())
        .await?;
    Ok(())
}

async fn entities(database: &Database, agent: Uuid, ids: &[Uuid]) -> Result<Vec<Entity>, Fault> {
    let known = "SELECT id, names, metadata FROM entities WHERE agent = $1 AND id = ANY($2)";
    let rows = sqlx::query(known).bind(agent).bind(ids).fetch_all(database.pool()).await?;
    rows.iter().map(|row| entity(agent, row)).collect()
}

pub(super) fn entity(agent: Uuid, row: &PgRow) -> Result<Entity, Fault> {
    let (record, id) = Record::new(row, "the entity").named("id")?;
    Ok(Entity { id, agent, names: record.json("names")?, metadata: record.json("metadata")? })
}

const REPLACED: &str = "DELETE FROM relationships WHERE agent = $1
    AND (id = ANY($2) OR (source, target) IN (SELECT * FROM unnest($3::uuid[], $4::uuid[])))";

const PUT_RELATIONSHIPS: &str = "INSERT INTO relationships (agent, id, source, target, tags, metadata, at)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[])";

async fn put_relationships(
    database: &Database,
    agent: Uuid,
    relationships: &[Relationship],
) -> Result<(), Fault> {
    let mut tries = Tries::default();
    loop {
        match put_relationships_once(database, agent, relationships).await {
            Err(fault) if tries.again(&fault).await => {}
            put => return put,
        }
    }
}

async fn put_relationships_once(
    database: &Database,
    agent: Uuid,
    relationships: &[Relationship],
) -> Result<(), Fault> {
    let last = not_replaced(relationships);
    let ids: Vec<Uuid> = last.iter().map(|it| it.id).collect();
    let sources: Vec<Uuid> = last.iter().map(|it| it.source).collect();
    let targets: Vec<Uuid> = last.iter().map(|it| it.target).collect();
    // One that was itself replaced within the call has taken away what stood there before.
    let all = |of: fn(&Relationship) -> Uuid| relationships.iter().map(of).collect::<Vec<_>>();
    let mut transaction = database.write().await?;
    sqlx::query(REPLACED)
        .bind(agent)
        .bind(all(|it| it.id))
        .bind(all(|it| it.source))
        .bind(all(|it| it.target))
        .execute(&mut *transaction)
        .await?;
    let tags = last.iter().map(|it| json("tags", &it.tags));
    let metadata = last.iter().map(|it| json("metadata", &it.metadata));
    sqlx::query(PUT_RELATIONSHIPS)
        .bind(agent)
        .bind(ids)
        .bind(sources)
        .bind(targets)
        .bind(tags.collect::<Result<Vec<_>, Fault>>()?)
        .bind(metadata.collect::<Result<Vec<_>, Fault>>()?)
        .bind(last.iter().map(|it| time(it.at)).collect::<Vec<_>>())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// Those that no later one of the same call replaces, which has the same id or the same two sides.
fn not_replaced(relationships: &[Relationship]) -> Vec<&Relationship> {
    let (mut ids, mut sides) = (BTreeSet::new(), BTreeSet::new());
    let mut last = Vec::new();
    for relationship in relationships.iter().rev() {
        let new_id = ids.insert(relationship.id);
        let new_sides = sides.insert((relationship.source, relationship.target));
        if new_id && new_sides {
            last.push(relationship);
        }
    }
    last
}

/// The columns of a relationship.
pub(super) const RELATIONSHIP: &str = "id, source, target, tags, metadata, at";

async fn relationships(database: &Database, agent: Uuid, entity: Uuid) -> Result<Vec<Relationship>, Fault> {
    let both_sides = format!(
        "SELECT {RELATIONSHIP} FROM relationships WHERE agent = $1 AND (source = $2 OR target = $2)
         ORDER BY source, target"
    );
    let rows =
        sqlx::query(AssertSqlSafe(both_sides)).bind(agent).bind(entity).fetch_all(database.pool()).await?;
    rows.iter().map(|row| relationship(agent, row)).collect()
}

pub(super) fn relationship(agent: Uuid, row: &PgRow) -> Result<Relationship, Fault> {
    let (record, id) = Record::new(row, "the relationship").named("id")?;
    Ok(Relationship {
        id,
        agent,
        source: record.id("source")?,
        target: record.id("target")?,
        tags: record.json("tags")?,
        metadata: record.json("metadata")?,
        at: record.time("at")?,
    })
}
