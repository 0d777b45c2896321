//! Statements about what was spent.

use super::{
    PostgresStore,
    database::{Database, Tries},
    read,
    row::time,
};
use crate::{error::Fault, spending::names};
use async_trait::async_trait;
use galatea::store::{Account, Exceeded, Spending, SpendingStore, StoreError};
use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

#[async_trait]
impl SpendingStore for PostgresStore {
    async fn spend(&self, spending: &[Spending]) -> Result<Result<(), Exceeded>, StoreError> {
        spend(&self.database, self.agent, spending).await.map_err(|fault| self.told(fault))
    }

    async fn spent(&self, accounts: &[Account]) -> Result<Vec<u64>, StoreError> {
        read!(self, spent(&self.database, self.agent, accounts))
    }

    async fn delete_spending(&self, before: Timestamp) -> Result<u64, StoreError> {
        let deleted = delete(&self.database, self.agent, before).await;
        deleted.map_err(|fault| self.told(fault))
    }
}

const SPENT: &str = "SELECT amount FROM spending
WHERE agent = $1 AND begins = $2 AND period = $3 AND holder = $4 AND id = $5 AND unit = $6";

/// Makes the row and locks it, so that who spends at the same time waits here.
const LOCK: &str = "INSERT INTO spending (agent, begins, period, holder, id, unit, amount)
VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (agent, begins, period, holder, id, unit) DO UPDATE SET amount = spending.amount
RETURNING amount";

const SET: &str = "UPDATE spending SET amount = $7
WHERE agent = $1 AND begins = $2 AND period = $3 AND holder = $4 AND id = $5 AND unit = $6";

async fn spend(
    database: &Database,
    agent: Uuid,
    spending: &[Spending],
) -> Result<Result<(), Exceeded>, Fault> {
    let mut tries = Tries::default();
    loop {
        match spend_once(database, agent, spending).await {
            // Two who lock the same accounts in different orders clash.
            Err(fault) if tries.again(&fault).await => {}
            spent => return spent,
        }
    }
}

async fn spend_once(
    database: &Database,
    agent: Uuid,
    spending: &[Spending],
) -> Result<Result<(), Exceeded>, Fault> {
    let mut transaction = database.write().await?;
    for (index, one) in spending.iter().enumerate() {
        let spent = amount(&mut transaction, LOCK, agent, &one.account).await?;
        let Some(sum) = one.added_to(spent) else {
            transaction.rollback().await?;
            return Ok(Err(Exceeded { index, spent }));
        };
        let (period, holder, unit) = names(&one.account);
        sqlx::query(SET)
            .bind(agent)
            .bind(time(one.account.begins))
            .bind(period)
            .bind(holder)
            .bind(one.account.id)
            .bind(unit)
            .bind(i64::try_from(sum).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(Ok(()))
}

async fn spent(database: &Database, agent: Uuid, accounts: &[Account]) -> Result<Vec<u64>, Fault> {
    let mut view = database.view().await?;
    let mut all = Vec::with_capacity(accounts.len());
    for account in accounts {
        all.push(amount(&mut view, SPENT, agent, account).await?);
    }
    Ok(all)
}

async fn amount(
    connection: &mut PgConnection,
    statement: &'static str,
    agent: Uuid,
    account: &Account,
) -> Result<u64, Fault> {
    let (period, holder, unit) = names(account);
    let amount: Option<i64> = sqlx::query_scalar(statement)
        .bind(agent)
        .bind(time(account.begins))
        .bind(period)
        .bind(holder)
        .bind(account.id)
        .bind(unit)
        .fetch_optional(connection)
        .await?;
    Ok(amount.unwrap_or(0).unsigned_abs())
}

async fn delete(database: &Database, agent: Uuid, before: Timestamp) -> Result<u64, Fault> {
    let delete = sqlx::query("DELETE FROM spending WHERE agent = $1 AND begins < $2");
    let done = delete.bind(agent).bind(time(before)).execute(database.pool()).await?;
    Ok(done.rows_affected())
}
