//! The storage of an agent that does not run: looked at, copied, put back, and emptied of a person.

use super::support::{Folder, PLAIN, Ran};
use galatea::{
    memory::{Content, Entity, Memory, MemoryKind},
    store::{EntityStore as _, MemoryStore as _, Store as _},
    text::id::stable_id,
};
use galatea_sql::{Settings, SqliteStore};
use serde_json::{Map, Value};
use std::path::Path;
use uuid::Uuid;

const GRACE: Uuid = Uuid::from_u128(7);

async fn store(folder: &Folder) -> SqliteStore {
    let url = format!("sqlite://{}", folder.path().join("pat.db").display());
    SqliteStore::open(&Settings { url, ..Settings::default() }, stable_id("Pat")).await.unwrap()
}

fn memory(number: u128, entity: Uuid, text: &str) -> Memory {
    Memory {
        id: Uuid::from_u128(number),
        kind: MemoryKind::Message,
        agent: stable_id("Pat"),
        entity,
        room: Uuid::from_u128(8),
        world: None,
        at: "2026-05-04T12:30:00.5Z".parse().unwrap(),
        sequence: 0,
        content: Content::text(text),
        metadata: Value::Null,
    }
}

/// Pat has heard two people.
async fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n"));
    let store = store(&folder).await;
    let names = vec!["Grace".to_owned()];
    let grace = Entity { id: GRACE, agent: stable_id("Pat"), names, metadata: Map::new() };
    store.put_entities(&[grace]).await.unwrap();
    let said = [
        memory(1, GRACE, "My fern is called Pelican."),
        memory(2, Uuid::from_u128(9), "Mine has no name."),
        memory(3, GRACE, "Water it on Mondays."),
    ];
    store.add_memories(&said).await.unwrap();
    store.close().await.unwrap();
    folder
}

fn db(folder: &Folder, args: &[&str]) -> Ran {
    folder.run(&[&["db"], args, &["--character", "pat.toml"]].concat())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(ran.fine()).unwrap()
}

fn memories(folder: &Folder) -> u64 {
    json(&db(folder, &["status", "--json"]))["status"]["records"]["memories"].as_u64().unwrap()
}

#[tokio::test]
async fn a_storage_is_looked_at_copied_and_put_back() {
    let folder = folder().await;
    let status = db(&folder, &["status"]);
    for part in ["Pat: SQLite at `", "pat.db", "1 entities, 3 memories", "sql  version ", " KiB"] {
        assert!(status.fine().contains(part), "{part}\n{}", status.all());
    }
    let status = json(&db(&folder, &["status", "--json"]));
    let first = &status["migrations"][0];
    assert_eq!(
        (&first["owner"], &first["version"], &first["name"]),
        (&"sql".into(), &1.into(), &"store".into())
    );
    assert_eq!(db(&folder, &["check"]).fine(), "in order\n");
    assert_eq!(json(&db(&folder, &["check", "--json"])), Value::Array(Vec::new()));
    assert!(db(&folder, &["migrate"]).err.contains("nothing is pending"));

    let written = db(&folder, &["backup", "monday.db"]);
    assert!(written.fine().starts_with("written: `monday.db`, "), "{}", written.all());
    let again = db(&folder, &["backup", "monday.db"]);
    assert!(again.code == Some(1) && again.err.contains("`monday.db` is there already"), "{}", again.all());
    let store = store(&folder).await;
    store.add_memories(&[memory(4, GRACE, "And on Tuesdays.")]).await.unwrap();
    let used = db(&folder, &["restore", "monday.db"]);
    assert!(used.code == Some(1) && used.err.contains("is in use: stop the agents"), "{}", used.all());
    store.close().await.unwrap();
    assert_eq!(memories(&folder), 4);
    let put = db(&folder, &["restore", "monday.db"]);
    assert!(put.fine().starts_with("put back: `"), "{}", put.all());
    assert_eq!(memories(&folder), 3);
    let kept = put.out.lines().last().unwrap().split('`').nth(1).unwrap();
    assert!(Path::new(kept).is_file() || folder.path().join(kept).is_file(), "{}", put.all());
}

#[tokio::test]
async fn damage_is_found_and_a_copy_mends_it() {
    let folder = folder().await;
    db(&folder, &["backup", "monday.db"]).fine();
    let file = folder.path().join("pat.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // Not the first page, so that it can still be opened.
    let place = bytes.windows(7).position(|part| part == b"Pelican").unwrap() / 4_096 * 4_096;
    bytes[place..place + 64].fill(0xAA);
    std::fs::write(&file, bytes).unwrap();
    let found = db(&folder, &["check"]);
    assert_eq!(found.code, Some(1), "{}", found.all());
    assert!(
        found.out.contains("wrong: ") && found.err.contains("galatea db restore FILE"),
        "{}",
        found.all()
    );
    db(&folder, &["restore", "monday.db"]).fine();
    assert_eq!(db(&folder, &["check"]).fine(), "in order\n");
    assert_eq!(memories(&folder), 3);
}

#[tokio::test]
async fn a_person_is_given_out_and_erased() {
    let folder = folder().await;
    let given = db(&folder, &["export", "--entity", "gRaCe", "--out", "grace.json"]);
    assert_eq!(given.fine(), "written: `grace.json`, 2 memories\n");
    let all: Value = serde_json::from_str(&folder.read("grace.json")).unwrap();
    assert_eq!((&all["id"], &all["entity"]["names"][0]), (&GRACE.to_string().into(), &"Grace".into()));
    assert_eq!(all["memories"][0]["content"]["text"], "My fern is called Pelican.");
    assert_eq!(all["memories"].as_array().unwrap().len(), 2);

    let nobody = db(&folder, &["erase", "--entity", "Nobody", "--yes"]);
    assert!(nobody.code == Some(1) && nobody.err.contains("nobody is called `Nobody`"), "{}", nobody.all());
    let own = db(&folder, &["erase", "--entity", &stable_id("Pat").to_string(), "--yes"]);
    assert!(own.code == Some(1) && own.err.contains("is the agent itself"), "{}", own.all());
    let unasked = db(&folder, &["erase", "--entity", "Grace"]);
    assert!(unasked.code == Some(1) && unasked.err.contains("say `--yes`"), "{}", unasked.all());
    assert_eq!(memories(&folder), 3, "nothing was deleted");

    let erased = json(&db(&folder, &["erase", "--entity", "Grace", "--yes", "--json"]));
    assert_eq!((&erased["memories"], &erased["entities"]), (&2.into(), &1.into()));
    assert_eq!(memories(&folder), 1);
    let bytes = std::fs::read(folder.path().join("pat.db")).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
    assert!(!holds("pelican") && holds("mine has no name"));
}
