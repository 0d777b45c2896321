//! Whether what the schema holds is in order: as far as the server lets us look. Every row is read whole; where the
//! extension `amcheck` is installed and allowed, tables are compared with their indexes too.

use super::{
    database::Database,
    explain::{code, explain},
};
use crate::error::Fault;
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnection};

/// What is wrong, one text each.
pub(super) async fn check(database: &Database) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let mut transaction = database.pool().begin().await?;
    // Everything is read, which takes the time that it takes.
    sqlx::raw_sql("SET LOCAL statement_timeout TO 0").execute(&mut *transaction).await?;
    let checksums = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()";
    let failures: Option<i64> = sqlx::query_scalar(checksums).fetch_one(&mut *transaction).await?;
    if let Some(failures) = failures.filter(|failures| *failures > 0) {
        let place = database.place();
        found.push(format!("{place} has read {failures} pages that were not as they were written"));
    }
    found.extend(unfinished_indexes(&mut transaction, database.schema()).await?);
    let amcheck = amcheck(&mut transaction).await?;
    for table in relations(&mut transaction, database.schema(), 'r').await? {
        // The texts are made of every column, so that large values are read where they are.
        let read = format!("SELECT format('%s', sum(length(relation::text))) FROM {table} AS relation");
        let rows = amcheck.as_ref().map(|schema| {
            let of = quoted(&table);
            format!("SELECT format('block %s: %s', blkno, msg) FROM {schema}.verify_heapam({of}::regclass, check_toast => true)")
        });
        found.extend(wrong(&mut transaction, database, &read).await?.err());
        if let Some(rows) = rows {
            let said = wrong(&mut transaction, database, &rows).await?;
            let said = said.unwrap_or_else(|why| vec![why]);
            found.extend(said.into_iter().map(|why| format!("table {table}: {why}")));
        }
    }
    for schema in amcheck.iter() {
        for index in relations(&mut transaction, database.schema(), 'i').await? {
            let compare =
                format!("SELECT format('%s', {schema}.bt_index_check({}::regclass, true))", quoted(&index));
            found.extend(wrong(&mut transaction, database, &compare).await?.err());
        }
    }
    Ok(found)
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Indexes that were not made to the end, and are not used.
async fn unfinished_indexes(connection: &mut PgConnection, schema: &str) -> Result<Vec<String>, sqlx::Error> {
    let unfinished = "SELECT relname::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1 AND NOT (indisvalid AND indisready) ORDER BY relname";
    let names: Vec<String> = sqlx::query_scalar(unfinished).bind(schema).fetch_all(connection).await?;
    let told = |name| format!("the index `{name}` is not complete: `REINDEX INDEX \"{schema}\".\"{name}\"`");
    Ok(names.into_iter().map(told).collect())
}

/// The tables (`r`), or the B-trees (`i`) that are complete, of a schema, with its name, in quotes.
pub(super) async fn relations(
    connection: &mut PgConnection,
    schema: &str,
    kind: char,
) -> Result<Vec<String>, sqlx::Error> {
    let all = "SELECT format('%I.%I', nspname, relname) FROM pg_class
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        LEFT JOIN pg_am ON pg_am.oid = relam
        LEFT JOIN pg_index ON indexrelid = pg_class.oid
        WHERE nspname = $1 AND relkind::text = $2
            AND (relkind = 'r' OR amname = 'btree' AND indisvalid AND indisready)
        ORDER BY relname";
    sqlx::query_scalar(all).bind(schema).bind(kind.to_string()).fetch_all(connection).await
}

/// The schema of the extension that compares tables with indexes, in quotes, where it is there and we may use it.
async fn amcheck(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let there = "SELECT quote_ident(nspname) FROM pg_extension
        JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'amcheck'
        AND (SELECT bool_and(has_function_privilege(pg_proc.oid, 'execute')) FROM pg_proc
             WHERE pronamespace = extnamespace AND proname IN ('bt_index_check', 'verify_heapam'))";
    sqlx::query_scalar(there).fetch_optional(connection).await
}

/// What a statement gives; an error of damaged data is told, others are ours.
async fn wrong(
    transaction: &mut PgConnection,
    database: &Database,
    sql: &str,
) -> Result<Result<Vec<String>, String>, sqlx::Error> {
    let mut apart = transaction.begin().await?;
    let said = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *apart).await;
    apart.rollback().await?;
    match said {
        Ok(said) => Ok(Ok(said)),
        // Class XX: damaged data, damaged indexes, and what should never be.
        Err(error) if code(&error).is_some_and(|code| code.starts_with("XX")) => {
            Ok(Err(explain(database.place(), &error)))
        }
        Err(error) => Err(error),
    }
}
