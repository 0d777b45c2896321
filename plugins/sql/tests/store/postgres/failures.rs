//! Servers and databases that cannot be used: every one gives a text that names it and says what to do, without password.

use super::{AGENT, Settings, change, fresh, open, raw};
use crate::message;
use galatea::{
    prelude::Secret,
    store::{MemoryQuery, StoreError},
};
use galatea_sql::PostgresStore;
use galatea_sql_testkit::Postgres;
use std::time::{Duration, Instant};
use uuid::Uuid;

async fn refusal(settings: &Settings) -> String {
    PostgresStore::open(settings, AGENT).await.unwrap_err().to_string()
}

/// The parts of an address of the form `postgres://USER:PASSWORD@HOST/DATABASE`.
fn parts(url: &str) -> (&str, &str, &str) {
    let (user, host) = url.strip_prefix("postgres://").unwrap().split_once('@').unwrap();
    let (user, password) = user.split_once(':').unwrap();
    (user, password, host)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_servers_are_refused_with_advice() {
    let good = fresh().await;
    let (user, password, host) = parts(&good.url);
    let server = host.split_once('/').unwrap().0;
    let quick = Settings { connect_wait_ms: 1_500, ..good.clone() };
    let to = |url: String| Settings { url, ..quick.clone() };
    let table = [
        (to(format!("postgres://{user}:hush-hush@{host}")), vec!["refuses the user", "password", server]),
        (
            Settings { password: Some(Secret::new("hush-hush")), ..to(format!("postgres://{user}@{host}")) },
            vec!["refuses the user", "`password = { env = … }`"],
        ),
        (
            to(format!("postgres://{user}:{password}@{server}/nowhere")),
            vec!["database `nowhere` at", server, "is not there", "createdb"],
        ),
        (
            to(format!("postgres://{user}:{password}@127.0.0.1:1/x")),
            vec!["`x` at `127.0.0.1:1` does not answer", "look after the server"],
        ),
        (
            to(format!("postgres://{user}:{password}@no-such-host.invalid/x")),
            vec!["no-such-host.invalid", "does not answer"],
        ),
        (to(format!("postgres://{user}:{password}@{server}")), vec!["names no database", "postgres://USER@"]),
        (
            to(format!("postgres://{user}:{password}@{host}?sslmode=maybe")),
            vec!["postgres://…@", "cannot be used"],
        ),
        (to(format!("{}?sslmode=require", good.url)), vec!["TLS", "`sslmode`"]),
        (
            Settings { schema: "a\"b".to_owned(), ..good.clone() },
            vec!["cannot be the `schema`", "small letters"],
        ),
        (Settings { schema: "pg_mine".to_owned(), ..good.clone() }, vec!["cannot be the `schema`"]),
    ];
    for (settings, wanted) in table {
        let told = refusal(&settings).await;
        for part in wanted {
            assert!(told.contains(part), "{part:?} is not in {told:?}");
        }
        assert!(!told.contains("hush-hush") && !told.contains(password), "{told}");
        assert!(!format!("{settings:?}").contains(password));
    }
    let store = open(&good).await;
    assert!(store.description().contains(server) && !store.description().contains(password));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_and_the_password_may_be_secrets() {
    let good = fresh().await;
    let (user, password, host) = parts(&good.url);
    let apart = Settings {
        url: format!("postgres://{user}@{host}"),
        password: Some(Secret::new(password)),
        ..good.clone()
    };
    let whole = Settings {
        url: Settings::default().url,
        url_from: Some(Secret::new(good.url.clone())),
        ..good.clone()
    };
    for settings in [apart, whole] {
        let store = galatea_sql::open(&settings, AGENT).await.unwrap();
        assert!(store.description().contains("PostgreSQL"), "{}", store.description());
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_databases_are_refused_with_advice() {
    let settings = fresh().await;
    for schema in ["newer", "changed"] {
        open(&Settings { schema: schema.to_owned(), ..settings.clone() }).await.close().await.unwrap();
    }
    change(&settings, "INSERT INTO newer._galatea_migrations VALUES ('sql', 99, 'future', 'x')").await;
    change(&settings, "UPDATE changed._galatea_migrations SET checksum = 'other'").await;
    change(&settings, "CREATE SCHEMA strange; CREATE TABLE strange.invoices (id int)").await;
    change(&settings, "CREATE SCHEMA \"empty\"").await;
    // What others have in the same database does not matter.
    change(&settings, "CREATE TABLE public.memories (id int)").await;
    for (schema, wanted) in [
        ("newer", vec!["written by a newer Galatea", "version 99", "up to 11", "Update"]),
        ("changed", vec!["migration 1 `store` of `sql` was changed"]),
        ("strange", vec!["the schema `strange`", "`invoices`", "choose another schema"]),
    ] {
        let told = refusal(&Settings { schema: schema.to_owned(), ..settings.clone() }).await;
        for part in wanted {
            assert!(told.contains(part), "{schema}: {part:?} is not in {told:?}");
        }
    }
    for schema in ["empty", "galatea"] {
        open(&Settings { schema: schema.to_owned(), ..settings.clone() }).await;
    }

    let server = Postgres::shared().await.unwrap();
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0").await.unwrap();
    let told = refusal(&Settings { url: server.url("latin").unwrap(), ..settings.clone() }).await;
    server.execute("DROP DATABASE latin").await.unwrap();
    assert!(told.contains("LATIN1") && told.contains("--encoding=UTF8"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_make_a_schema_is_told_or_uses_one_that_was_made() {
    let settings = fresh().await;
    let (user, _, host) = parts(&settings.url);
    let database = host.split_once('/').unwrap().1;
    let server = Postgres::shared().await.unwrap();
    let role = format!("reader_{}", Uuid::new_v4().simple());
    server.execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'x y@z'")).await.unwrap();
    let url = format!("postgres://{role}:x%20y%40z@{host}");
    let poor = Settings { url, ..settings.clone() };
    let told = refusal(&poor).await;
    assert!(told.contains("forbids it") && told.contains("grant"), "{told}");
    change(&settings, &format!("CREATE SCHEMA galatea AUTHORIZATION {role}")).await;
    let store = open(&poor).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    change(&settings, &format!("ALTER DATABASE {database} SET default_transaction_read_only TO on")).await;
    server.cut(&poor.url).await.unwrap();
    store.worlds().await.unwrap();
    let told = store.add_memories(&[message(Uuid::from_u128(2))]).await.unwrap_err().to_string();
    assert!(told.contains("is read-only"), "{told}");
    assert_ne!(user, role);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locks_and_slow_statements_end_with_a_cause() {
    let settings = Settings { lock_wait_ms: 100, statement_wait_ms: 300, ..fresh().await };
    let store = open(&settings).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    let mut other = raw(&settings).await;
    sqlx::raw_sql("BEGIN; UPDATE galatea.last_sequences SET sequence = sequence")
        .execute(&mut other)
        .await
        .unwrap();
    let pair = [message(Uuid::from_u128(3)), message(Uuid::from_u128(4))];
    for batch in [&pair[..], &pair[..1]] {
        let told = store.add_memories(batch).await.unwrap_err().to_string();
        assert!(told.contains("locked by another connection") && told.contains("lock-wait-ms"), "{told}");
    }
    assert_eq!(store.memories(&MemoryQuery::default()).await.unwrap().len(), 1, "reading goes on");
    sqlx::raw_sql("ROLLBACK; BEGIN; LOCK TABLE galatea.worlds").execute(&mut other).await.unwrap();
    let slow = Settings { lock_wait_ms: 10_000, ..settings.clone() };
    let begun = Instant::now();
    let told = open(&slow).await.worlds().await.unwrap_err().to_string();
    assert!(told.contains("took too long") && told.contains("statement-wait-ms"), "{told}");
    assert!(begun.elapsed() < Duration::from_secs(8));
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(store.add_memories(&pair).await.unwrap(), [(2, true), (3, true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_is_named() {
    let settings = fresh().await;
    let store = open(&settings).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    for (sql, column) in [
        ("UPDATE galatea.memories SET content = '{'", "content"),
        ("UPDATE galatea.memories SET content = '{}', at = 'yesterday'", "at"),
        ("UPDATE galatea.memories SET at = '2026-01-01T00:00:00Z', metadata = '[1'", "metadata"),
    ] {
        change(&settings, sql).await;
        let error = store.memories(&MemoryQuery::default()).await.unwrap_err();
        let StoreError::Damaged { what, .. } = &error else { panic!("{error}") };
        assert!(what.contains(&Uuid::from_u128(1).to_string()) && what.contains(column), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_store_says_so() {
    let store = open(&fresh().await).await;
    store.close().await.unwrap();
    let told = store.worlds().await.unwrap_err().to_string();
    assert!(told.contains("is closed"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_that_wait_for_a_dead_server_wait_together() {
    let url = "postgres://ada:hush@127.0.0.1:1/x".to_owned();
    let settings = Settings { url, connect_wait_ms: 500, ..Settings::default() };
    let begun = Instant::now();
    let opened = (0..20).map(|number| {
        let settings = settings.clone();
        async move { PostgresStore::open(&settings, Uuid::from_u128(number)).await.unwrap_err().to_string() }
    });
    let told = futures_util::future::join_all(opened).await;
    assert!(told.iter().all(|told| told.contains("does not answer")), "{told:?}");
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "they waited one after the other: {:?}",
        begun.elapsed()
    );
}
