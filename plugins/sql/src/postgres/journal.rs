//! Statements about the journal of effects.

use super::{
    PostgresStore,
    adding::add_within,
    database::{Database, Tries},
    read,
    row::{Record, count, json},
    runs::{self, RUN},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Memory,
    store::{Effect, JournalStore, StoreError, StoredRun},
};
use sqlx::{AssertSqlSafe, postgres::PgConnection};
use uuid::Uuid;

#[async_trait]
impl JournalStore for PostgresStore {
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
        read!(self, of_run(&self.database, self.agent, run))
    }

    async fn parked(&self) -> Result<Vec<StoredRun>, StoreError> {
        read!(self, parked(&self.database, self.agent))
    }

    async fn to_look_back(&self, limit: usize) -> Result<Vec<StoredRun>, StoreError> {
        read!(self, to_look_back(&self.database, self.agent, limit))
    }
}

async fn put(
    database: &Database,
    agent: Uuid,
    effects: &[Effect],
    with: Option<(&StoredRun, &[Memory])>,
) -> Result<(), Fault> {
    let mut tries = Tries::default();
    loop {
        match put_once(database, agent, effects, with).await {
            Err(fault) if tries.again(&fault).await => {}
            put => return put,
        }
    }
}

async fn put_once(
    database: &Database,
    agent: Uuid,
    effects: &[Effect],
    with: Option<(&StoredRun, &[Memory])>,
) -> Result<(), Fault> {
    let Some((run, memories)) = with else {
        // One statement is a transaction of its own.
        let mut connection = database.pool().acquire().await?;
        return insert(&mut connection, agent, effects).await;
    };
    let mut transaction = database.write().await?;
    if !memories.is_empty() {
        add_within(&mut transaction, agent, memories).await?;
    }
    runs::put_within(&mut transaction, agent, run).await?;
    insert(&mut transaction, agent, effects).await?;
    transaction.commit().await?;
    Ok(())
}

async fn insert(connection: &mut PgConnection, agent: Uuid, effects: &[Effect]) -> Result<(), Fault> {
    if effects.is_empty() {
        return Ok(());
    }
    let records = effects.iter().map(|effect| json("an effect", effect)).collect::<Result<Vec<_>, _>>()?;
    let insert = "INSERT INTO effects (agent, run, step, record)
        SELECT $1, run, step, record FROM unnest($2::uuid[], $3::bigint[], $4::text[]) AS given (run, step, record)
        ON CONFLICT (agent, run, step) DO UPDATE SET record = excluded.record";
    sqlx::query(insert)
        .bind(agent)
        .bind(effects.iter().map(|effect| effect.run).collect::<Vec<_>>())
        .bind(effects.iter().map(|effect| i64::from(effect.step)).collect::<Vec<_>>())
        .bind(records)
        .execute(connection)
        .await?;
    Ok(())
}

async fn of_run(database: &Database, agent: Uuid, run: Uuid) -> Result<Vec<Effect>, Fault> {
    let statement = "SELECT record FROM effects WHERE agent = $1 AND run = $2 ORDER BY step";
    let rows = sqlx::query(statement).bind(agent).bind(run).fetch_all(database.pool()).await?;
    rows.iter().map(|row| Record::new(row, "an effect").json("record")).collect()
}

async fn parked(database: &Database, agent: Uuid) -> Result<Vec<StoredRun>, Fault> {
    let statement =
        format!("SELECT {RUN} FROM runs WHERE agent = $1 AND status = 'parked' ORDER BY at, ordinal");
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(agent).fetch_all(database.pool()).await?;
    rows.iter().map(runs::run).collect()
}

async fn to_look_back(database: &Database, agent: Uuid, limit: usize) -> Result<Vec<StoredRun>, Fault> {
    let statement = format!(
        "SELECT {RUN} FROM runs WHERE agent = $1 AND record ~ '\"look-back\":[1-9]' ORDER BY at, ordinal LIMIT $2"
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(agent)
        .bind(count(limit))
        .fetch_all(database.pool())
        .await?;
    rows.iter().map(runs::run).collect()
}
