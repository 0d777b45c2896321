//! Tables of plugins: made in order, all or none, once, and never changed behind anybody's back.

use super::{at, message, open};
use galatea::{
    definition::MigrationDef,
    store::{PluginMigrations, Store},
};
use galatea_sql::Settings;
use sqlx::{Connection, SqliteConnection};
use std::{path::Path, sync::Arc};
use uuid::Uuid;

const fn step(version: u32, name: &'static str, sql: &'static str) -> MigrationDef {
    MigrationDef { version, name, sqlite: Some(sql), postgres: None }
}

const TABLE: MigrationDef = step(1, "visits", "CREATE TABLE weather_visits (city TEXT);");
const INDEX: MigrationDef = step(2, "index", "CREATE INDEX weather_by_city ON weather_visits (city);");
const DROPS: MigrationDef = step(2, "drop", "CREATE TABLE weather_new (a);\nDROP TABLE weather_visits;");
const OWN: MigrationDef = step(1, "own", "CREATE TABLE bank_x (a); DELETE FROM memories WHERE 1");
const BROKEN: MigrationDef = step(1, "broken", "CREATE TABLE bank_y (a); CREATE TABLE bank_y (a)");
const BEGINS: MigrationDef = step(1, "begins", "BEGIN; CREATE TABLE bank_z (a); COMMIT");
const OTHER: MigrationDef = step(1, "visits", "CREATE TABLE weather_visits (town TEXT)");
const ELSEWHERE: MigrationDef =
    MigrationDef { version: 1, name: "far", sqlite: None, postgres: Some("SELECT 1") };

fn of(plugin: &'static str, migrations: &'static [MigrationDef]) -> PluginMigrations {
    PluginMigrations { plugin, migrations }
}

async fn tables(file: &Path) -> Vec<String> {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let own = "SELECT name FROM sqlite_master WHERE name LIKE 'weather%' OR name LIKE 'bank%' ORDER BY name";
    sqlx::query_scalar(own).fetch_all(&mut connection).await.unwrap()
}

async fn told(store: &Arc<dyn Store>, plugins: &[PluginMigrations]) -> Vec<String> {
    let all = store.migrations(plugins).await.unwrap();
    let others = all.iter().filter(|migration| migration.owner != "sql");
    others
        .map(|m| {
            format!(
                "{} {} {} {}",
                m.owner,
                m.version,
                m.name,
                if m.is_pending() { "pending" } else { "applied" }
            )
        })
        .collect()
}

#[tokio::test]
async fn they_grow_with_their_plugins() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let store = open(&at(&file)).await;
    let (old, new) = ([of("weather", &[TABLE])], [of("weather", &[TABLE, INDEX])]);
    assert_eq!(told(&store, &old).await, ["weather 1 visits pending"]);
    let applied = store.migrate(&old, false).await.unwrap();
    assert_eq!(applied.iter().map(|m| (m.version, m.name.as_str())).collect::<Vec<_>>(), [(1, "visits")]);
    assert!(store.migrate(&old, false).await.unwrap().is_empty(), "nothing is applied twice");
    assert_eq!(told(&store, &new).await, ["weather 1 visits applied", "weather 2 index pending"]);
    assert_eq!(store.migrate(&new, false).await.unwrap().len(), 1);
    assert_eq!(tables(&file).await, ["weather_by_city", "weather_visits"]);
    // The tables of a plugin that is gone stay, and are told of.
    assert_eq!(told(&store, &[]).await, ["weather 1 visits applied", "weather 2 index applied"]);
    let own = store.migrations(&[]).await.unwrap();
    assert!(own.iter().any(|m| m.owner == "sql" && m.version == 1 && !m.is_pending()), "{own:?}");

    let older = store.migrate(&old, false).await.unwrap_err().to_string();
    assert!(older.contains("`weather` is at version 2, this program knows up to 1"), "{older}");
    let other = [of("weather", &[OTHER, INDEX])];
    let changed = store.migrate(&other, false).await.unwrap_err().to_string();
    assert!(changed.contains("migration 1 `visits` of `weather` was changed after"), "{changed}");
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
}

#[tokio::test]
async fn what_fails_leaves_nothing_of_any_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let table: [(&'static [MigrationDef], &str); 4] = [
        (&[OWN], "`memories` is a table of the agent's storage"),
        (&[BROKEN], "migration 1 `broken` of `bank` failed, and nothing of it was kept"),
        (&[ELSEWHERE], "no statements for SQLite: add `migrations/sqlite/0001_far.sql`"),
        (&[BEGINS], "`begin` is done by"),
    ];
    for (number, (migrations, wanted)) in table.into_iter().enumerate() {
        let file = folder.path().join(format!("{number}.db"));
        let store = open(&at(&file)).await;
        let both = [of("weather", &[TABLE]), of("bank", migrations)];
        let told = store.migrate(&both, true).await.unwrap_err().to_string();
        assert!(told.contains(wanted), "{told}");
        assert!(tables(&file).await.is_empty(), "{wanted}");
        // The storage goes on, and the plugin that is in order may come alone.
        store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
        store.migrate(&both[..1], false).await.unwrap();
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_destroys_must_be_allowed() {
    let folder = tempfile::tempdir().unwrap();
    for by_settings in [false, true] {
        let file = folder.path().join(format!("{by_settings}.db"));
        let settings = Settings { allow_destructive_migrations: by_settings, ..at(&file) };
        let store = open(&settings).await;
        store.migrate(&[of("weather", &[TABLE])], false).await.unwrap();
        let next = [of("weather", &[TABLE, DROPS])];
        if !by_settings {
            let pending = store.migrations(&next).await.unwrap();
            assert_eq!(pending.last().unwrap().destroys.as_deref(), Some("DROP TABLE weather_visits"));
            let told = store.migrate(&next, false).await.unwrap_err().to_string();
            let wanted = [
                "migration 2 `drop` of `weather` destroys data (`DROP TABLE weather_visits`)",
                "--allow-destructive",
            ];
            assert!(wanted.iter().all(|part| told.contains(part)), "{told}");
            assert_eq!(tables(&file).await, ["weather_visits"]);
        }
        store.migrate(&next, !by_settings).await.unwrap();
        assert_eq!(tables(&file).await, ["weather_new"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_start_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    // Other settings are other connections, as if of another process.
    let starters: Vec<_> = (0..8)
        .map(|number| {
            let settings = Settings { lock_wait_ms: 5_000 + number, ..at(&file) };
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
