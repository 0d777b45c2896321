//! Statements about what was spent.

use super::{
    SqliteStore,
    database::Database,
    row::{blob, time},
};
use crate::{error::Fault, spending::names};
use async_trait::async_trait;
use galatea::store::{Account, Exceeded, Spending, SpendingStore, StoreError};
use jiff::Timestamp;
use sqlx::SqliteConnection;
use uuid::Uuid;

#[async_trait]
impl SpendingStore for SqliteStore {
    async fn spend(&self, spending: &[Spending]) -> Result<Result<(), Exceeded>, StoreError> {
        spend(&self.database, self.agent, spending).await.map_err(|fault| self.told(fault))
    }

    async fn spent(&self, accounts: &[Account]) -> Result<Vec<u64>, StoreError> {
        spent(&self.database, self.agent, accounts).await.map_err(|fault| self.told(fault))
    }

    async fn delete_spending(&self, before: Timestamp) -> Result<u64, StoreError> {
        let delete = sqlx::query("DELETE FROM spending WHERE agent = ?1 AND begins < ?2")
            .bind(blob(self.agent))
            .bind(time(before));
        self.database.done(delete).await.map_err(|fault| self.told(fault))
    }
}

const SPENT: &str = "SELECT amount FROM spending
WHERE agent = ?1 AND begins = ?2 AND period = ?3 AND holder = ?4 AND id = ?5 AND unit = ?6";

const SET: &str = "INSERT INTO spending (agent, begins, period, holder, id, unit, amount)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (agent, begins, period, holder, id, unit) DO UPDATE SET amount = excluded.amount";

/// What an account had before: written back if something after it does not fit.
type Before = (Account, i64);

async fn spend(
    database: &Database,
    agent: Uuid,
    spending: &[Spending],
) -> Result<Result<(), Exceeded>, Fault> {
    let spending = spending.to_vec();
    database.change(move |connection| Box::pin(async move { add(connection, agent, &spending).await })).await
}

async fn add(
    connection: &mut SqliteConnection,
    agent: Uuid,
    spending: &[Spending],
) -> Result<Result<(), Exceeded>, Fault> {
    let mut before: Vec<Before> = Vec::new();
    for (index, one) in spending.iter().enumerate() {
        let spent = read(&mut *connection, agent, &one.account).await?;
        let Some(sum) = one.added_to(spent) else {
            for (account, amount) in before.iter().rev() {
                set(&mut *connection, agent, account, *amount).await?;
            }
            return Ok(Err(Exceeded { index, spent }));
        };
        before.push((one.account, i64::try_from(spent).unwrap_or(i64::MAX)));
        set(&mut *connection, agent, &one.account, i64::try_from(sum).unwrap_or(i64::MAX)).await?;
    }
    Ok(Ok(()))
}

async fn spent(database: &Database, agent: Uuid, accounts: &[Account]) -> Result<Vec<u64>, Fault> {
    let mut reader = database.readers().begin().await?;
    let mut all = Vec::with_capacity(accounts.len());
    for account in accounts {
        all.push(read(&mut reader, agent, account).await?);
    }
    Ok(all)
}

async fn read(connection: &mut SqliteConnection, agent: Uuid, account: &Account) -> Result<u64, Fault> {
    let (period, holder, unit) = names(account);
    let amount: Option<i64> = sqlx::query_scalar(SPENT)
        .bind(blob(agent))
        .bind(time(account.begins))
        .bind(period)
        .bind(holder)
        .bind(blob(account.id))
        .bind(unit)
        .fetch_optional(connection)
        .await?;
    Ok(amount.unwrap_or(0).unsigned_abs())
}

async fn set(
    connection: &mut SqliteConnection,
    agent: Uuid,
    account: &Account,
    amount: i64,
) -> Result<(), Fault> {
    let (period, holder, unit) = names(account);
    sqlx::query(SET)
        .bind(blob(agent))
        .bind(time(account.begins))
        .bind(period)
        .bind(holder)
        .bind(blob(account.id))
        .bind(unit)
        .bind(amount)
        .execute(connection)
        .await?;
    Ok(())
}
