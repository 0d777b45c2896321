//! How many statements a turn takes, as the server counts them.

use super::super::fabric::{plan, start};
use galatea::agent::{Agent, Incoming};
use galatea_sql_testkit::Postgres;

/// The budget of a plain turn, and what an action may add to it; BEGIN and COMMIT do not count.
const PLAIN: usize = 12;
const ACTION: usize = 8;

/// The statements that the server was given so far.
fn given(server: &Postgres) -> Vec<String> {
    let log = server.log().unwrap();
    let statement = |line: &str| {
        let (_, statement) =
            line.split_once("LOG:  execute ").or_else(|| line.split_once("LOG:  statement: "))?;
        (!statement.contains("BEGIN") && !statement.ends_with("COMMIT")).then(|| statement.to_owned())
    };
    log.lines().filter_map(statement).collect()
}

async fn say(agent: &Agent, text: &str) {
    let (replies, record) =
        agent.send(Incoming::direct("test", "room", "sam", text)).await.unwrap().finish().await;
    assert!(record.is_some() && !replies.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_takes_few_statements() {
    let server =
        Postgres::start_with(&["fsync=off", "log_statement=all", "logging_collector=off"]).await.unwrap();
    let url = server.database().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let storage = format!("url = \"{url}\"\nlease-ms = 600000");
    let agent = start(plan(&storage, &folder.path().join("book"), 0)).await;
    // The first one of a room makes the room.
    say(&agent, "hello").await;
    for (text, what, most) in
        [("hello again", "plain", PLAIN), ("COUNT_MONEY", "with an action", PLAIN + ACTION)]
    {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let before = given(&server).len();
        say(&agent, text).await;
        let all = given(&server);
        let turn = &all[before..];
        println!("{what}: {} statements", turn.len());
        assert!(!turn.is_empty() && turn.len() <= most, "{what}:\n{}", turn.join("\n"));
    }
    agent.stop().await;
}
