//! Tables of plugins in the schema: made in order, all or none, once.

use super::{Settings, fresh, open, raw};
use crate::message;
use galatea::{
    definition::MigrationDef,
    store::{PluginMigrations, Store},
};
use std::sync::Arc;
use uuid::Uuid;

const fn step(version: u32, name: &'static str, sql: &'static str) -> MigrationDef {
    MigrationDef { version, name, sqlite: None, postgres: Some(sql) }
}

const TABLE: MigrationDef = step(1, "visits", "CREATE TABLE weather_visits (city text);");
const INDEX: MigrationDef = step(2, "index", "CREATE INDEX weather_by_city ON weather_visits (city);");
const DROPS: MigrationDef = step(2, "drop", "CREATE TABLE weather_new (a text);\nDROP TABLE weather_visits;");
const OWN: MigrationDef = step(1, "own", "CREATE TABLE bank_x (a text); DELETE FROM memories WHERE true");
const BROKEN: MigrationDef = step(1, "broken", "CREATE TABLE bank_y (a text); CREATE TABLE bank_y (a text)");
const BEYOND: MigrationDef = step(1, "beyond", "CREATE TABLE bank_z (a text); CREATE EXTENSION dblink");
const OTHER: MigrationDef = step(1, "visits", "CREATE TABLE weather_visits (town text)");
const ELSEWHERE: MigrationDef =
    MigrationDef { version: 1, name: "far", sqlite: Some("SELECT 1"), postgres: None };

fn of(plugin: &'static str, migrations: &'static [MigrationDef]) -> PluginMigrations {
    PluginMigrations { plugin, migrations }
}

async fn tables(settings: &Settings) -> Vec<String> {
    let own = "SELECT relname::text FROM pg_class WHERE relnamespace = $1::regnamespace
        AND (relname LIKE 'weather%' OR relname LIKE 'bank%') ORDER BY relname";
    sqlx::query_scalar(own).bind(&settings.schema).fetch_all(&mut raw(settings).await).await.unwrap()
}

async fn told(store: &Arc<dyn Store>, plugins: &[PluginMigrations]) -> Vec<String> {
    let all = store.migrations(plugins).await.unwrap();
    let others = all.iter().filter(|migration| migration.owner != "sql");
    let state = |at: &Option<String>| at.as_ref().map_or("pending", |_| "applied");
    others.map(|m| format!("{} {} {} {}", m.owner, m.version, m.name, state(&m.applied_at))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_grow_with_their_plugins() {
    let settings = Settings { connections: 1, ..fresh().await };
    let store = open(&settings).await;
    let (old, new) = ([of("weather", &[TABLE])], [of("weather", &[TABLE, INDEX])]);
    assert_eq!(told(&store, &old).await, ["weather 1 visits pending"]);
    let applied = store.migrate(&old, false).await.unwrap();
    assert_eq!(applied.iter().map(|m| (m.version, m.name.as_str())).collect::<Vec<_>>(), [(1, "visits")]);
    assert!(store.migrate(&old, false).await.unwrap().is_empty(), "nothing is applied twice");
    assert_eq!(told(&store, &new).await, ["weather 1 visits applied", "weather 2 index pending"]);
    assert_eq!(store.migrate(&new, false).await.unwrap().len(), 1);
    assert_eq!(tables(&settings).await, ["weather_by_city", "weather_visits"]);
    let own = store.migrations(&[]).await.unwrap();
    let times = own.iter().map(|m| m.applied_at.clone().unwrap().parse::<jiff::Timestamp>().unwrap());
    assert!(times.count() > 6 && own[0].owner == "sql" && own.last().unwrap().owner == "weather", "{own:?}");

    let older = store.migrate(&old, false).await.unwrap_err().to_string();
    assert!(older.contains("`weather` is at version 2, this program knows up to 1"), "{older}");
    let changed = store.migrate(&[of("weather", &[OTHER, INDEX])], false).await.unwrap_err().to_string();
    assert!(changed.contains("migration 1 `visits` of `weather` was changed after"), "{changed}");
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_leaves_nothing_of_any_plugin() {
    let settings = fresh().await;
    let table: [(&'static [MigrationDef], &str); 4] = [
        (&[OWN], "`memories` is a table of the agent's storage"),
        (&[BROKEN], "migration 1 `broken` of `bank` failed, and nothing of it was kept"),
        (&[ELSEWHERE], "no statements for PostgreSQL: add `migrations/postgres/0001_far.sql`"),
        (&[BEYOND], "`create extension` is not for plugins on PostgreSQL"),
    ];
    for (number, (migrations, wanted)) in table.into_iter().enumerate() {
        let settings = Settings { schema: format!("fails_{number}"), ..settings.clone() };
        let store = open(&settings).await;
        let both = [of("weather", &[TABLE]), of("bank", migrations)];
        let told = store.migrate(&both, true).await.unwrap_err().to_string();
        assert!(told.contains(wanted), "{told}");
        assert!(tables(&settings).await.is_empty(), "{wanted}");
        store.migrate(&both[..1], false).await.unwrap();
        assert_eq!(tables(&settings).await, ["weather_visits"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_destroys_must_be_allowed() {
    let settings = fresh().await;
    for by_settings in [false, true] {
        let schema = format!("destroys_{by_settings}");
        let settings = Settings { schema, allow_destructive_migrations: by_settings, ..settings.clone() };
        let store = open(&settings).await;
        store.migrate(&[of("weather", &[TABLE])], false).await.unwrap();
        let next = [of("weather", &[TABLE, DROPS])];
        if !by_settings {
            let pending = store.migrations(&next).await.unwrap();
            assert_eq!(pending.last().unwrap().destroys.as_deref(), Some("DROP TABLE weather_visits"));
            let told = store.migrate(&next, false).await.unwrap_err().to_string();
            assert!(told.contains("destroys data (`DROP TABLE weather_visits`)"), "{told}");
            assert_eq!(tables(&settings).await, ["weather_visits"]);
        }
        store.migrate(&next, !by_settings).await.unwrap();
        assert_eq!(tables(&settings).await, ["weather_new"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_start_at_once() {
    let settings = fresh().await;
    // Other settings are other connections, as if of another process.
    let starters: Vec<_> = (0..6)
        .map(|number| {
            let settings = Settings { connections: 1, connect_wait_ms: 10_000 + number, ..settings.clone() };
            tokio::spawn(async move {
                let store = open(&settings).await;
                store.migrate(&[of("weather", &[TABLE, INDEX])], false).await.unwrap().len()
            })
        })
        .collect();
    let mut applied = 0;
    for starter in starters {
        applied += starter.await.unwrap();
    }
    assert_eq!(applied, 2, "each migration is applied by one of them");
}
