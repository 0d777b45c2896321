//! Processes that run one agent on one database: each room is worked on by one of them, in order, and when one is gone the
//! others take over what it left.

use super::{at, open, shared};
use galatea::{
    agent::{Agent, AnswerError, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    plan::Plan,
    prelude::*,
    registry::Registry,
    testing::fabric::{Abilities, Process, suite},
    turn::{Answer, RunStatus},
};
use galatea_sql::Settings as Sql;
use std::{path::PathBuf, time::Duration};

/// Writes down what its actions do.
#[plugin("till", config = Settings)]
pub struct Till;

/// Where it writes, and how long its actions take.
#[config]
#[derive(Clone)]
pub struct Settings {
    /// The file.
    pub book: PathBuf,
    /// How long an action takes after it has written, in milliseconds.
    #[serde(default)]
    pub takes_ms: u64,
}

async fn write(settings: &Settings, message: &Message) {
    shared::write(&settings.book, message);
    tokio::time::sleep(Duration::from_millis(settings.takes_ms)).await;
}

/// Spends money. Not to be done twice.
#[action(plugin = Till)]
async fn spend(till: Config<Till>, message: Message) -> &'static str {
    write(&till, &message).await;
    "spent"
}

/// Looks into the till. May be done twice.
#[action(plugin = Till, idempotent)]
async fn count_money(till: Config<Till>, message: Message) -> &'static str {
    write(&till, &message).await;
    "counted"
}

/// Closes the till, if somebody allows it.
#[action(plugin = Till, approval)]
async fn close_till(till: Config<Till>, message: Message) -> &'static str {
    write(&till, &message).await;
    "closed"
}

/// Something that all processes hear of.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Rang {
    /// How often.
    pub times: u32,
}

impl galatea::event::EventType for Rang {
    const NAME: &'static str = "RANG";
}

/// The plan of Ada, with these settings of her storage.
pub(super) fn plan(storage: &str, book: &std::path::Path, takes_ms: u64) -> Plan {
    parse(&character(storage, book, takes_ms))
}

pub(super) fn character(storage: &str, book: &std::path::Path, takes_ms: u64) -> String {
    let book = book.display();
    format!(
        "name = \"Ada\"\n[plugins.caller]\n[plugins.till]\nbook = \"{book}\"\ntakes-ms = {takes_ms}\n[plugins.sql]\n{storage}\n"
    )
}

pub(super) fn parse(text: &str) -> Plan {
    let text = text.to_owned();
    let (document, problems) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    assert!(problems.is_empty(), "{problems:?}");
    Plan::of(&Registry::linked().unwrap(), &document).unwrap_or_else(|report| panic!("{report:#?}"))
}

pub(super) async fn start(plan: Plan) -> Agent {
    Agent::start(plan, &Registry::linked().unwrap(), StartOptions::default()).await.unwrap()
}

/// Settings of a file's storage; another number is another process, as far as SQLite can tell.
fn storage(file: &std::path::Path, process: u32) -> String {
    format!(
        "url = \"sqlite://{}\"\nlock-wait-ms = {}\ndurability = \"crash\"",
        file.display(),
        5_000 + process
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locked_files_share_rooms() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let process = async |number: u32| {
        Process::of(open(&Sql { lock_wait_ms: 5_000 + number, ..at(&file) }).await).unwrap()
    };
    let abilities = Abilities { lease: None, tells: false };
    suite(process(0).await, process(1).await, abilities).await.unwrap();
    assert!(!folder.path().join("a.db-rooms").exists(), "the folder of locks goes with the last process");
}

/// What two agents on one storage do together.
pub(super) async fn two_agents(one: Agent, two: Agent) {
    wait_until(async || one.members().await.unwrap().len() == 2).await;
    wait_until(async || two.members().await.unwrap().len() == 2).await;
    // Both send to one room at once; each gets the answers to what it sent.
    let mut turns = Vec::new();
    for number in 0..20 {
        let agent = if number % 2 == 0 { &one } else { &two };
        let message = Incoming::direct("test", "room", "sam", "COUNT_MONEY");
        turns.push(agent.send(message).await.unwrap());
    }
    for turn in turns {
        let waited = tokio::time::timeout(Duration::from_secs(30), turn.finish()).await;
        let (replies, record) = waited.unwrap();
        assert_eq!(replies.len(), 1, "{record:?}");
        assert_eq!(replies[0].content.text, "counted");
        assert_eq!(record.unwrap().status, RunStatus::Completed);
    }
    shared::check(&one).await;

    // One asks, the other is answered; the first answer counts, whoever gets it.
    let ask = one.send(Incoming::direct("test", "other room", "sam", "CLOSE_TILL")).await.unwrap();
    let (_, record) = ask.finish().await;
    let question = record.unwrap().waiting_approval().unwrap().id;
    let (first, second) =
        tokio::join!(two.answer(question, Answer::Allow, None), one.answer(question, Answer::Deny, None));
    let (counted, refused) = match (first, second) {
        (Ok(counted), Err(refused)) => ((counted, "closed"), refused),
        (Err(refused), Ok(counted)) => ((counted, "CLOSE_TILL was not allowed by the operator"), refused),
        (first, second) => panic!("one answer must count: {first:?}, {second:?}"),
    };
    assert!(matches!(refused, AnswerError::Answered { .. }), "{refused}");
    let (replies, record) = counted.0.finish().await;
    assert_eq!(record.unwrap().status, RunStatus::Completed);
    let said: Vec<&str> = replies.iter().map(|reply| reply.content.text.as_str()).collect();
    assert!(said.contains(&counted.1), "{said:?}");

    one.stop().await;
    wait_until(async || two.members().await.unwrap().len() == 1).await;
    let turn = two.send(Incoming::direct("test", "room", "sam", "SPEND")).await.unwrap();
    assert_eq!(turn.finish().await.0[0].content.text, "spent", "what the other one held is free");
    two.stop().await;
}

pub(super) async fn wait_until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come to that within ten seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agents_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let (file, book) = (folder.path().join("a.db"), folder.path().join("book"));
    let one = start(plan(&storage(&file, 0), &book, 5)).await;
    let two = start(plan(&storage(&file, 1), &book, 5)).await;
    assert!(one.report().to_string().contains("rooms: shared with other processes"), "{}", one.report());
    two_agents(one, two).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_on_a_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (file, book) = (folder.path().join("a.db"), folder.path().join("book"));
    let text = character(&storage(&file, 0), &book, 5);
    shared::killed(&text, &book, 16, Duration::from_secs(2)).await;
}
