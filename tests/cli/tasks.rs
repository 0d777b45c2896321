//! Tasks of an agent that does not run.

use super::support::{Folder, PLAIN};
use galatea::{
    store::{Store as _, StoredTask, TaskState, TaskStore as _},
    task::Schedule,
    text::id::stable_id,
};
use galatea_sql::{Settings, SqliteStore};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

fn task(number: u128, schedule: Schedule, state: TaskState) -> StoredTask {
    let at = |text: &str| text.parse().unwrap();
    StoredTask {
        id: Uuid::from_u128(number),
        plugin: "garden".to_owned(),
        name: ["WATER", "DIG", "SOW"][number as usize % 3].to_owned(),
        arguments: json!({ "bed": number as u64 }),
        schedule,
        declared: number == 3,
        state,
        due: at("2026-05-04T12:30:00.5Z"),
        not_before: None,
        attempts: 0,
        claimed_until: None,
        last_run: (number > 1).then(|| at("2026-05-03T12:30:00Z")),
        last_error: (number == 2).then(|| "the spade broke".to_owned()),
        room: None,
        world: None,
        tags: Vec::new(),
        created: at("2026-05-01T00:00:00Z"),
        revision: 0,
    }
}

#[tokio::test]
async fn tasks_are_listed_and_nothing_runs() {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n"));
    let none = folder.run(&["tasks", "pat.toml"]);
    assert!(
        none.fine().contains("SWEEP_STORAGE") && none.fine().contains("new: it is scheduled"),
        "{}",
        none.all()
    );

    let url = format!("sqlite://{}", folder.path().join("pat.db").display());
    let store = SqliteStore::open(&Settings { url, ..Settings::default() }, stable_id("Pat")).await.unwrap();
    let cron = Schedule::Cron { expression: "0 9 * * 1-5".to_owned(), timezone: "Europe/Paris".to_owned() };
    let all = [
        task(1, Schedule::Every(Duration::from_secs(300)), TaskState::Waiting),
        task(2, Schedule::Once, TaskState::Failed),
        task(3, cron, TaskState::Waiting),
    ];
    for task in &all {
        store.add_task(task).await.unwrap();
    }
    store.close().await.unwrap();
    insta::assert_snapshot!(folder.run(&["tasks", "pat.toml"]).fine());
    let json: Value = serde_json::from_str(folder.run(&["tasks", "pat.toml", "--json"]).fine()).unwrap();
    assert_eq!(json[0]["name"], "DIG");
    assert_eq!(json[0]["next"], "2026-05-04T12:30:00.5Z");
    assert_eq!(json[2]["state"], "failed");
    assert_eq!(json[2]["next"], Value::Null);
    // Due for a long time, and still there: to look is not to run.
    let again: Value = serde_json::from_str(folder.run(&["tasks", "pat.toml", "--json"]).fine()).unwrap();
    assert_eq!(again, json);
}
