//! Searches among the memories of an agent that does not run.

use super::support::{Folder, PLAIN};
use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::{MemoryStore as _, NewVector, SearchStore as _, Space, Store as _, text_hash},
    text::id::stable_id,
};
use galatea_sql::{Settings, SqliteStore};
use serde_json::Value;
use uuid::Uuid;

fn memory(number: u128, kind: MemoryKind, text: &str) -> Memory {
    Memory {
        id: Uuid::from_u128(number),
        kind,
        agent: stable_id("Pat"),
        entity: Uuid::from_u128(7),
        room: Uuid::from_u128(8),
        world: None,
        at: "2026-05-04T12:30:00.5Z".parse().unwrap(),
        sequence: 0,
        content: Content::text(text),
        metadata: Value::Null,
    }
}

#[tokio::test]
async fn memories_are_found_and_shown() {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n"));
    let none = folder.run(&["search", "harbour", "-c", "pat.toml"]);
    assert_eq!((none.code, none.out.as_str()), (Some(1), ""));
    assert!(none.err.contains("nothing found, searched by words alone: no plugin serves"), "{}", none.all());

    let url = format!("sqlite://{}", folder.path().join("pat.db").display());
    let store = SqliteStore::open(&Settings { url, ..Settings::default() }, stable_id("Pat")).await.unwrap();
    let all = [
        memory(1, MemoryKind::Fact, "Sam keeps a boat in the harbour of Oslo."),
        memory(2, MemoryKind::Message, "Is the harbour open?"),
        memory(3, MemoryKind::Message, "Good night."),
    ];
    store.add_memories(&all).await.unwrap();
    let status = folder.run(&["search", "--status", "-c", "pat.toml"]);
    assert!(status.err.contains("no memory has a vector"), "{}", status.all());
    let space = Space { model: "tiny".to_owned(), dimension: 2 };
    let vector = Some(vec![1.0, 0.0]);
    let vector = NewVector { memory: all[0].id, hash: text_hash(&all[0].content.text), vector };
    store.put_vectors(&space, &[vector]).await.unwrap();
    store.close().await.unwrap();

    let both = folder.run(&["search", "where's the OSLO \"harbour\"", "-c", "pat.toml"]);
    let lines: Vec<&str> = both.fine().lines().collect();
    assert_eq!(lines.len(), 4, "{}", both.all());
    assert!(
        lines[0].starts_with("fact  2026-05-04T12:30:0") && lines[0].contains("  words #1 ("),
        "{}",
        both.all()
    );
    assert_eq!(lines[1], "    Sam keeps a boat in the harbour of Oslo.");
    assert!(lines[2].starts_with("message  ") && lines[2].contains("words #2 ("), "{}", both.all());
    let only = folder.run(&["search", "harbour", "-c", "pat.toml", "--kind", "message", "--json"]);
    let found: Value = serde_json::from_str(only.fine()).unwrap();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);
    assert_eq!(found["hits"][0]["memory"]["id"], Uuid::from_u128(2).to_string());
    assert_eq!((&found["hits"][0]["words"]["place"], &found["method"]["by"]), (&1.into(), &"words".into()));
    let status = folder.run(&["search", "--status", "-c", "pat.toml"]);
    assert_eq!(status.fine(), "tiny (2 dimensions): 1 memories have vectors, 2 wait for theirs\n");
    assert_eq!(folder.run(&["search", "x", "--status"]).code, Some(2));
}
