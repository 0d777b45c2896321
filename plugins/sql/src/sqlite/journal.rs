//! Statements about the journal of effects.

use super::{
    SqliteStore,
    database::Database,
    memories::add_within,
    row::{Record, blob, count, json},
    runs::{self, RUN},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{Effect, JournalStore, StoreError, StoredRun},
};
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

#[async_trait]
impl JournalStore for SqliteStore {
    async fn put_effects(
        &self,
        effects: &[Effect],
        with: Option<(&StoredRun, &[Memory])>,
    ) -> Result<(), StoreError> {
        if let Some((_, memories)) = with {
            self.own(memories.iter().map(|memory| memory.agent))?;
        }
        put(&self.database, self.agent, effects, with).await.map_err(|fault| self.told(fault))
    }

    async fn effects(&self, run: Uuid) -> Result<Vec<Effect>, StoreError> {
        of_run(&self.database, self.agent, run).await.map_err(|fault| self.told(fault))
    }

    async fn parked(&self) -> Result<Vec<StoredRun>, StoreError> {
        parked(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn to_look_back(&self, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        to_look_back(&self.database, self.agent, limit).await.map_err(|fault| self.told(fault))
    }
}

async fn put(
    database: &Database,
    agent: Uuid,
    effects: &[Effect],
    with: Option<(&StoredRun, &[Memory])>,
) -> Result<(), Fault> {
    let effects = statement(agent, effects)?;
    let Some((run, memories)) = with else {
        return database
            .statement(move |connection| Box::pin(async move { insert(connection, effects).await }))
            .await;
    };
    let (run, memories) = (run.clone(), memories.to_vec());
    database
        .change(move |connection| {
            Box::pin(async move {
                runs::put_within(connection, agent, &run).await?;
                add_within(connection, agent, &memories).await?;
                insert(connection, effects).await
            })
        })
        .await
}

async fn insert(
    connection: &mut SqliteConnection,
    effects: Option<QueryBuilder<Sqlite>>,
) -> Result<(), Fault> {
    if let Some(mut effects) = effects {
        effects.build().execute(connection).await?;
    }
    Ok(())
}

/// One statement for all: a turn has few effects.
fn statement(agent: Uuid, effects: &[Effect]) -> Result<Option<QueryBuilder<Sqlite>>, Fault> {
    if effects.is_empty() {
        return Ok(None);
    }
    let records = effects.iter().map(|effect| json("an effect", effect)).collect::<Result<Vec<_>, _>>()?;
    let mut statement = QueryBuilder::new("INSERT INTO effects (agent, run, step, record) ");
    statement.push_values(effects.iter().zip(records), |mut row, (effect, record)| {
        row.push_bind(blob(agent))
            .push_bind(blob(effect.run))
            .push_bind(i64::from(effect.step))
            .push_bind(record);
    });
    statement.push(" ON CONFLICT (agent, run, step) DO UPDATE SET record = excluded.record");
    Ok(Some(statement))
}

async fn of_run(database: &Database, agent: Uuid, run: Uuid) -> Result<Vec<Effect>, Fault> {
    let statement = "SELECT record FROM effects WHERE agent = ?1 AND run = ?2 ORDER BY step";
    let rows = sqlx::query(statement).bind(blob(agent)).bind(blob(run)).fetch_all(database.readers()).await?;
    rows.iter().map(|row| Record::new(row, "an effect").json("record")).collect()
}

async fn parked(database: &Database, agent: Uuid) -> Result<Vec<StoredRun>, Fault> {
    let statement =
        format!("SELECT {RUN} FROM runs WHERE agent = ?1 AND status = 'parked' ORDER BY at, ordinal");
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(blob(agent)).fetch_all(database.readers()).await?;
    rows.iter().map(runs::read).collect()
}

async fn to_look_back(database: &Database, agent: Uuid, limit: usize) -> Result<Vec<StoredRun>, Fault> {
    let statement = format!(
        "SELECT {RUN} FROM runs WHERE agent = ?1 AND json_extract(record, '$.\"look-back\"') > 0
         ORDER BY at, ordinal LIMIT ?2"
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(blob(agent))
        .bind(count(limit))
        .fetch_all(database.readers())
        .await?;
    rows.iter().map(runs::read).collect()
}
