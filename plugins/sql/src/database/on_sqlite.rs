//! Statements of plugins on SQLite.

use super::{DatabaseError, Dialect, Param, Row, link, param::bound, param::rows};
use sqlx::{AssertSqlSafe, SqliteConnection};

pub(super) async fn query(
    connection: &mut SqliteConnection,
    place: &str,
    sql: &str,
    params: Vec<Param>,
) -> Result<Vec<Row>, DatabaseError> {
    let statement = bound(sqlx::query(AssertSqlSafe(sql.to_owned())), params);
    let read = statement.fetch_all(connection).await.map_err(|error| failed(place, &error))?;
    rows(&read).map_err(|error| failed(place, &error))
}

pub(super) async fn execute(
    connection: &mut SqliteConnection,
    place: &str,
    sql: &str,
    params: Vec<Param>,
) -> Result<u64, DatabaseError> {
    let statement = bound(sqlx::query(AssertSqlSafe(sql.to_owned())), params);
    let done = statement.execute(connection).await.map_err(|error| failed(place, &error))?;
    Ok(done.rows_affected())
}

fn failed(place: &str, error: &sqlx::Error) -> DatabaseError {
    link::failed(Dialect::Sqlite, place, error)
}
