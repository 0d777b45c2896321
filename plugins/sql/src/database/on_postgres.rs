//! Statements of plugins on PostgreSQL, which behave as on SQLite: whoever writes waits for the others, and a statement
//! that fails in a transaction leaves the transaction as it was.

use super::{DatabaseError, Dialect, Param, Row, link, translate::translated, value};
use crate::postgres::{Database, code};
use sqlx::{
    AssertSqlSafe, Connection, Either, Executor, Postgres, SqlSafeStr, Statement, Transaction,
    postgres::{PgArguments, PgConnection},
};

/// Reads over any connection; once more over another one if that was lost.
pub(super) async fn read(
    database: &Database,
    sql: &str,
    params: Vec<Param>,
) -> Result<Vec<Row>, DatabaseError> {
    let done = match read_once(database, sql, params.clone()).await {
        Err(error) if database.lost(&error) => read_once(database, sql, params).await,
        done => done,
    };
    done.map_err(|error| failed(database.place(), &error))?
}

async fn read_once(
    database: &Database,
    sql: &str,
    params: Vec<Param>,
) -> Result<Result<Vec<Row>, DatabaseError>, sqlx::Error> {
    let mut transaction = database.pool().begin_with("BEGIN READ ONLY").await?;
    let rows = rows_apart(&mut transaction, database.place(), sql, params).await?;
    transaction.commit().await?;
    Ok(rows)
}

/// Begins to write. Plugins that share a schema write one after the other, in all processes: what one of them read in
/// its transaction is still so when it writes.
pub(super) async fn begin(database: &Database) -> Result<Transaction<'static, Postgres>, DatabaseError> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('galatea plugins ' || $1, 0))";
    let begun = async {
        let mut begun = database.pool().begin().await?;
        sqlx::query(lock).bind(database.schema()).execute(&mut *begun).await?;
        Ok(begun)
    };
    begun.await.map_err(|error| {
        let told = failed(database.place(), &error);
        database.lost(&error);
        told
    })
}

pub(super) async fn query(
    connection: &mut PgConnection,
    place: &str,
    sql: &str,
    params: Vec<Param>,
) -> Result<Vec<Row>, DatabaseError> {
    rows_apart(connection, place, sql, params).await.map_err(|error| failed(place, &error))?
}

/// The rows, read behind a savepoint: an error undoes this statement alone.
async fn rows_apart(
    connection: &mut PgConnection,
    place: &str,
    sql: &str,
    params: Vec<Param>,
) -> Result<Result<Vec<Row>, DatabaseError>, sqlx::Error> {
    let mut apart = connection.begin().await?;
    let done = rows(&mut apart, place, sql, params.clone()).await;
    let changed = done.as_ref().is_err_and(|error| code(error) == Some(CHANGED));
    if !changed {
        let rows = done?;
        apart.commit().await?;
        return Ok(rows);
    }
    // A table was altered since this connection prepared the statement.
    apart.rollback().await?;
    connection.clear_cached_statements().await?;
    rows(connection, place, sql, params).await
}

/// What PostgreSQL says of a prepared statement that would give other columns than before.
const CHANGED: &str = "0A000";

pub(super) async fn execute(
    connection: &mut PgConnection,
    place: &str,
    sql: &str,
    params: Vec<Param>,
) -> Result<u64, DatabaseError> {
    let statement = async {
        let mut apart = connection.begin().await?;
        let (sql, arguments) = match prepared(&mut apart, sql, params).await? {
            Ok(prepared) => prepared,
            Err(refused) => return Ok(Err(refused)),
        };
        let done = sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *apart).await?;
        apart.commit().await?;
        Ok(Ok(done.rows_affected()))
    };
    statement.await.map_err(|error| failed(place, &error))?
}

async fn rows(
    connection: &mut PgConnection,
    place: &str,
    sql: &str,
    params: Vec<Param>,
) -> Result<Result<Vec<Row>, DatabaseError>, sqlx::Error> {
    let (sql, arguments) = match prepared(connection, sql, params).await? {
        Ok(prepared) => prepared,
        Err(refused) => return Ok(Err(refused)),
    };
    let read = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await?;
    Ok(value::rows(&read).map_err(|why| DatabaseError::Failed(format!("{place}: {why}"))))
}

type Prepared = (String, PgArguments);

/// Asks the server which types the parameters have, so that a number is one whether its column is small or large.
async fn prepared(
    connection: &mut PgConnection,
    sql: &str,
    params: Vec<Param>,
) -> Result<Result<Prepared, DatabaseError>, sqlx::Error> {
    let sql = translated(sql);
    let statement = connection.prepare(AssertSqlSafe(sql.clone()).into_sql_str()).await?;
    let types = match statement.parameters() {
        Some(Either::Left(types)) => types,
        _ => &[],
    };
    Ok(value::arguments(types, params).map(|arguments| (sql, arguments)).map_err(DatabaseError::Failed))
}

fn failed(place: &str, error: &sqlx::Error) -> DatabaseError {
    link::failed(Dialect::Postgres, place, error)
}
