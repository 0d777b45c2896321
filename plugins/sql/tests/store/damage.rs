//! Files that cannot be used: every one gives a text that names it and says what to do.

use super::{at, message, open};
use galatea::{
    store::{MemoryQuery, MemoryStore as _, StoreError},
    testing::store::AGENT,
};
use galatea_sql::{Settings, SqliteStore};
use sqlx::{Connection, SqliteConnection};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};
use uuid::Uuid;

async fn refusal(settings: &Settings) -> String {
    SqliteStore::open(settings, AGENT).await.unwrap_err().to_string()
}

async fn raw(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}?mode=rwc", file.display())).await.unwrap()
}

async fn change(file: &Path, sql: &'static str) {
    let mut connection = raw(file).await;
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A file with one message in it.
async fn used(file: &Path) -> PathBuf {
    let store = open(&at(file)).await;
    store.add_memories(&[message(Uuid::from_u128(1))]).await.unwrap();
    store.close().await.unwrap();
    file.to_owned()
}

#[tokio::test]
async fn unusable_files_are_refused_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);

    fs::write(path("text.db"), "just some text, longer than a header of a database would have to be")
        .unwrap();
    fs::create_dir(path("folder")).unwrap();
    let newer = used(&path("newer.db")).await;
    change(
        &newer,
        "INSERT INTO _galatea_migrations VALUES ('sql', 99, 'future', 'x', '2099-01-01T00:00:00Z')",
    )
    .await;
    let changed = used(&path("changed.db")).await;
    change(&changed, "UPDATE _galatea_migrations SET checksum = 'other'").await;
    change(&path("foreign.db"), "CREATE TABLE invoices (id INTEGER)").await;

    let half = used(&path("half.db")).await;
    let length = fs::metadata(&half).unwrap().len();
    fs::OpenOptions::new().write(true).open(&half).unwrap().set_len(length / 2).unwrap();

    let table = [
        ("half.db", vec!["half.db` is damaged", "put back a copy"]),
        ("text.db", vec!["text.db` is not an SQLite database", "choose another file"]),
        ("folder", vec!["folder` is a folder", "agents.db"]),
        ("text.db/inside.db", vec!["the folder", "text.db` for", "cannot be made"]),
        ("newer.db", vec!["newer.db` was written by a newer Galatea", "version 99", "up to 11", "Update"]),
        ("changed.db", vec!["migration 1 `store` of `sql` was changed", "changed.db"]),
        ("foreign.db", vec!["foreign.db` holds tables of another program", "`invoices`"]),
    ];
    for (name, wanted) in table {
        let told = refusal(&at(&path(name))).await;
        for part in wanted {
            assert!(told.contains(part), "{name}: {part:?} is not in {told:?}");
        }
    }
}

#[tokio::test]
async fn a_read_only_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = used(&folder.path().join("a.db")).await;
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    if fs::OpenOptions::new().append(true).open(&file).is_err() {
        return refused_to_write(&file).await;
    }
    // The superuser may write anywhere; without their privileges they may not.
    let again = Command::new("setpriv")
        .args(["--inh-caps=-all", "--bounding-set=-all"])
        .arg(env::current_exe().unwrap())
        .args(["damage::without_privileges", "--exact", "--nocapture"])
        .env(READ_ONLY, &file)
        .output()
        .unwrap_or_else(|error| panic!("as root this test needs `setpriv` of util-linux: {error}"));
    let said = String::from_utf8_lossy(&again.stdout);
    let error = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.success() && said.contains("1 passed"), "{said}\n{error}");
    assert!(said.contains(REFUSED), "{said}\n{error}");
}

/// Where the file of [`without_privileges`] is.
const READ_ONLY: &str = "GALATEA_SQL_READ_ONLY_TEST_FILE";

/// What it says when all is well, so that it cannot pass without having looked.
const REFUSED: &str = "the file was refused";

/// This test binary, run again by the superuser without their privileges.
#[tokio::test]
async fn without_privileges() {
    let Some(file) = env::var_os(READ_ONLY) else { return };
    refused_to_write(Path::new(&file)).await;
    println!("{REFUSED}");
}

async fn refused_to_write(file: &Path) {
    let told = refusal(&at(file)).await;
    assert!(told.contains("a.db` is read-only"), "{told}");
}

#[tokio::test]
async fn another_process_that_keeps_writing_is_named_as_the_cause() {
    let folder = tempfile::tempdir().unwrap();
    let file = used(&folder.path().join("a.db")).await;
    let settings = Settings { lock_wait_ms: 50, ..at(&file) };
    let store = SqliteStore::open(&settings, AGENT).await.unwrap();
    let mut other = raw(&file).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();

    // One is a statement by itself, two are a transaction that cannot begin.
    let pair = [message(Uuid::from_u128(3)), message(Uuid::from_u128(4))];
    for memories in [&[message(Uuid::from_u128(2))], pair.as_slice()] {
        let told = store.add_memories(memories).await.unwrap_err().to_string();
        assert!(
            told.contains("a.db` is locked by another process") && told.contains("lock-wait-ms"),
            "{told}"
        );
    }
    assert_eq!(store.memories(&MemoryQuery::default()).await.unwrap().len(), 1, "reading goes on");

    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    let added = store.add_memories(&pair).await.unwrap();
    assert_eq!(added, [(2, true), (3, true)]);
}

#[tokio::test]
async fn a_damaged_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let table = [
        ("UPDATE memories SET content = '{'", "content"),
        ("UPDATE memories SET at = 'yesterday'", "at"),
        ("UPDATE memories SET metadata = '[1'", "metadata"),
    ];
    for (number, (sql, column)) in table.into_iter().enumerate() {
        let file = used(&folder.path().join(format!("{number}.db"))).await;
        change(&file, sql).await;
        let store = open(&at(&file)).await;
        let error = store.memories(&MemoryQuery::default()).await.unwrap_err();
        let StoreError::Damaged { what, .. } = &error else { panic!("{error}") };
        assert!(what.contains(&Uuid::from_u128(1).to_string()) && what.contains(column), "{error}");
    }
}

#[tokio::test]
async fn overwritten_pages_give_errors() {
    let folder = tempfile::tempdir().unwrap();
    let file = used(&folder.path().join("a.db")).await;
    let mut bytes = fs::read(&file).unwrap();
    for byte in bytes.iter_mut().skip(4_096) {
        *byte ^= 0x5a;
    }
    fs::write(&file, bytes).unwrap();
    let told = refusal(&at(&file)).await;
    assert!(told.contains("a.db` is damaged") && told.contains(".recover"), "{told}");
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&at(&folder.path().join("a.db"))).await;
    store.close().await.unwrap();
    let told = store.worlds().await.unwrap_err().to_string();
    assert!(told.contains("a.db` is closed"), "{told}");
}
