//! Writes tables anew, so that nothing is left of rows that were deleted or changed.

use super::{check::relations, database::Database, explain::explain};
use crate::error::Fault;
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnection};
use std::time::{Duration, Instant};

/// So long are those waited for who still see what a transaction deleted.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes the tables of the schema anew, once nobody sees any more what a transaction deleted: whoever still does would have
/// it kept.
pub(super) async fn rewrite(database: &Database, transaction: &str) -> Result<(), Fault> {
    let left = |why: String| {
        let what = "the records are deleted, but what they said may be in free space of the tables still";
        Fault::Told(format!("{what}: {why}. Erase again when there is less to do"))
    };
    let failed = |error: sqlx::Error| {
        database.lost(&error);
        left(explain(database.place(), &error))
    };
    // Its settings are changed, so it does not go back to the others.
    let mut connection = database.pool().acquire().await.map_err(failed)?.detach();
    let rewritten = async {
        if !nobody_sees(&mut connection, transaction).await? {
            return Ok(false);
        }
        sqlx::raw_sql("SET statement_timeout TO 0").execute(&mut connection).await?;
        for table in relations(&mut connection, database.schema(), 'r').await? {
            let vacuum = AssertSqlSafe(format!("VACUUM (FULL) {table}"));
            sqlx::raw_sql(vacuum).execute(&mut connection).await?;
        }
        Ok(true)
    };
    let rewritten = rewritten.await;
    drop(connection.close().await);
    match rewritten.map_err(failed)? {
        true => Ok(()),
        false => Err(left(format!("another connection to {} reads for a long time", database.place()))),
    }
}

/// Waits until every snapshot is newer than a transaction.
async fn nobody_sees(connection: &mut PgConnection, transaction: &str) -> Result<bool, sqlx::Error> {
    let seen = "SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND age(backend_xmin) >= age($1::text::xid))";
    let begun = Instant::now();
    loop {
        let seen: bool = sqlx::query_scalar(seen).bind(transaction).fetch_one(&mut *connection).await?;
        if !seen || begun.elapsed() >= PATIENCE {
            return Ok(!seen);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
