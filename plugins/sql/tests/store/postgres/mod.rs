//! PostgreSQL does what every store must do, and says clearly what is wrong with a server.

mod crash;
mod encrypted;
mod fabric;
mod failures;
mod kill;
mod lost;
mod migrations;
mod search;
mod sharing;
mod statements;
mod upkeep;

use galatea::{
    store::Store,
    testing::store::{AGENT, reopen_suite, suite},
};
use galatea_sql::{Durability, PostgresStore, Settings};
use galatea_sql_testkit::Postgres;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A database of the test's own.
pub(crate) async fn fresh() -> Settings {
    at(Postgres::shared().await.unwrap().database().await.unwrap())
}

fn at(url: String) -> Settings {
    Settings { url, connections: 4, ..Settings::default() }
}

async fn open(settings: &Settings) -> Arc<dyn Store> {
    Arc::new(PostgresStore::open(settings, AGENT).await.unwrap())
}

/// A connection that is not the store's.
async fn raw(settings: &Settings) -> PgConnection {
    PgConnection::connect(&settings.url).await.unwrap()
}

async fn change(settings: &Settings, sql: &str) {
    let mut connection = raw(settings).await;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_behaves() {
    let settings = fresh().await;
    for durability in [Durability::PowerLoss, Durability::Crash] {
        let next = AtomicUsize::new(0);
        let opened = || async {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let schema =
                format!("suite_{}_{number}", if durability == Durability::Crash { "c" } else { "p" });
            open(&Settings { durability, schema, ..settings.clone() }).await
        };
        suite(opened).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_is_enough() {
    let settings = Settings { connections: 1, ..fresh().await };
    let next = AtomicUsize::new(0);
    let opened = || async {
        let schema = format!("one_{}", next.fetch_add(1, Ordering::Relaxed));
        open(&Settings { schema, ..settings.clone() }).await
    };
    suite(opened).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_still_there_after_reopening() {
    let settings = fresh().await;
    reopen_suite(|| open(&settings)).await.unwrap();
}
