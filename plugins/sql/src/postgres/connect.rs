//! How connections are made, and how those that died are found.

use super::{explain::explain, explain::may_start};
use crate::{
    error::SqlError,
    settings::{Durability, Settings, url_without_secrets},
};
use galatea::prelude::Secret;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};
use std::{
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A connection that nobody used for so long is asked whether it is still there; that costs one trip to the server.
const TRUSTED: Duration = Duration::from_secs(5);

/// Who stops in the middle of a transaction, with locks that others wait for, loses it after so long.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(60);

pub(super) fn options(settings: &Settings) -> Result<PgConnectOptions, SqlError> {
    let address = settings.address();
    let refused = |why: String| SqlError::Url { url: url_without_secrets(address), why };
    let options = PgConnectOptions::from_str(address).map_err(|error| {
        refused(format!(
            "{error}; write `postgres://USER@HOST:5432/DATABASE`, with `%40` for an `@` in a name"
        ))
    })?;
    if options.get_database().is_none() {
        return Err(refused("it names no database; write `postgres://USER@HOST:5432/DATABASE`".to_owned()));
    }
    let options = match settings.password.as_ref().map(Secret::expose) {
        Some(password) => options.password(password),
        None => options,
    };
    let named = options.get_application_name().is_some();
    let options = if named { options } else { options.application_name("galatea") };
    Ok(options.disable_statement_logging())
}

/// What messages call the database.
pub(super) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    match options.get_socket() {
        Some(socket) => format!("the PostgreSQL database `{database}` at `{}`", socket.display()),
        None => {
            let (host, port) = (options.get_host(), options.get_port());
            format!("the PostgreSQL database `{database}` at `{host}:{port}`")
        }
    }
}

/// The name of the schema, checked: it goes into statements.
pub(super) fn schema(settings: &Settings) -> Result<&str, SqlError> {
    let schema = settings.schema.as_str();
    let is_of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if begins && schema.chars().all(is_of_name) && schema.len() <= 63 && !schema.starts_with("pg_") {
        return Ok(schema);
    }
    Err(SqlError::Failed(format!(
        "`{schema}` cannot be the `schema` of the tables: write a name of small letters, digits and `_` that does not begin \
         with `pg_`"
    )))
}

/// A first connection. A server that is just starting is waited for.
pub(super) async fn patiently(
    options: &PgConnectOptions,
    place: &str,
    wait: Duration,
) -> Result<PgConnection, SqlError> {
    let begun = Instant::now();
    loop {
        let left = wait.saturating_sub(begun.elapsed());
        match tokio::time::timeout(left.max(Duration::from_millis(100)), options.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) if !may_start(&error) || begun.elapsed() >= wait => {
                return Err(SqlError::Failed(explain(place, &error)));
            }
            Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(50).min(left)).await,
            Err(_) => {
                let waited = format!("{place} did not answer within {} ms", wait.as_millis());
                return Err(SqlError::Failed(format!(
                    "{waited}: look after the server, the host and the port"
                )));
            }
        }
    }
}

/// What a connection is told when it is new.
pub(super) fn greeting(settings: &Settings, schema: &str) -> String {
    let (statement, lock, idle) =
        (settings.statement_wait_ms, settings.lock_wait_ms, IDLE_IN_TRANSACTION.as_millis());
    // With `public`, extensions that others installed there are found.
    let mut greeting = format!(
        "SET search_path TO \"{schema}\", public; SET statement_timeout TO {statement}; SET lock_timeout TO {lock}; \
         SET idle_in_transaction_session_timeout TO {idle}; SET standard_conforming_strings TO on"
    );
    // Otherwise the server's own setting stays, which may promise more than `on`.
    if settings.durability == Durability::Crash {
        greeting.push_str("; SET synchronous_commit TO off");
    }
    greeting
}

/// When a connection was last found dead: all that were idle at that moment are suspect.
#[derive(Clone, Debug, Default)]
pub(super) struct Loss(Arc<Mutex<Option<Instant>>>);

impl Loss {
    pub(super) fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn suspects(&self, idle: Duration) -> bool {
        let lost = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        idle >= TRUSTED || lost.is_some_and(|at| idle >= at.elapsed())
    }
}

pub(super) fn pool(options: PgConnectOptions, settings: &Settings, schema: &str, loss: &Loss) -> PgPool {
    let (greeting, loss): (Arc<str>, _) = (greeting(settings, schema).into(), loss.clone());
    PgPoolOptions::new()
        .max_connections(settings.connections.clamp(1, 500))
        .acquire_timeout(Duration::from_millis(settings.connect_wait_ms.max(100).into()))
        .test_before_acquire(false)
        .before_acquire(move |connection, known| {
            let suspect = loss.suspects(known.idle_for);
            Box::pin(async move { Ok(!suspect || connection.ping().await.is_ok()) })
        })
        .after_connect(move |connection, _| {
            let greeting = Arc::clone(&greeting);
            Box::pin(async move {
                sqlx::raw_sql(AssertSqlSafe(greeting)).execute(connection).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}
