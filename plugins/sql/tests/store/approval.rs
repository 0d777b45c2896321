//! Actions that wait for a person outlive the process that asked, whether it ends or is killed.

use galatea::{
    agent::{Agent, AnswerError, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    model::{Purpose, Speaker, ToolCall},
    plan::Plan,
    prelude::*,
    registry::Registry,
    turn::{Answer, Answered, Ruling, RunRecord, RunStatus, StepStatus},
};
use serde_json::Map;
use std::{
    env,
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Asks for what the message says: `A,B` runs A, then B; the results it repeats.
#[plugin("caller")]
pub struct Caller;

/// Asks for what the message says.
#[model(TextSmall, TextLarge, tools, plugin = Caller)]
async fn call(request: Request) -> ModelAnswer {
    if request.purpose == Purpose::ShouldRespond {
        return ModelAnswer::text("RESPOND");
    }
    let results: Vec<&str> =
        request.lines.iter().filter(|l| l.speaker == Speaker::Tool).map(|l| l.text.as_str()).collect();
    if !results.is_empty() {
        return ModelAnswer::text(results.join("|"));
    }
    let names = request.last_user_text().split(',').enumerate();
    let call = |(i, name): (usize, &str)| ToolCall {
        id: format!("call {i}"),
        name: name.to_owned(),
        arguments: Map::new(),
    };
    ModelAnswer { calls: names.map(call).collect(), ..ModelAnswer::default() }
}

/// Writes down what its actions do, in the folder of the `book` setting.
#[plugin("book", config = Settings)]
pub struct Book;

/// Where it writes.
#[config]
#[derive(Clone)]
pub struct Settings {
    /// The folder.
    pub book: PathBuf,
}

fn write(settings: &Settings, what: &str) {
    let path = settings.book.join("book.txt");
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    writeln!(file, "{what}").unwrap();
    file.sync_all().unwrap();
}

/// Prepares.
#[action(plugin = Book)]
async fn prepare(book: Config<Book>) -> ActionResult {
    write(&book, "prepared");
    ActionResult::text("prepared").with_value("prepared", true)
}

/// Pays, if somebody allows it.
#[action(plugin = Book, approval)]
async fn pay(book: Config<Book>, state: State) -> String {
    write(&book, "paid");
    format!("paid prepared={}", state.values.contains_key("prepared"))
}

/// Pays and takes for ever, if somebody allows it.
#[action(plugin = Book, approval)]
async fn pay_slowly(book: Config<Book>) {
    write(&book, "paid slowly");
    std::future::pending::<()>().await;
}

/// Looks, if somebody allows it; the first look takes for ever.
#[action(plugin = Book, approval, idempotent)]
async fn look(book: Config<Book>) -> &'static str {
    let is_first = !book.book.join("book.txt").exists();
    write(&book, "looked");
    if is_first {
        std::future::pending::<()>().await;
    }
    "seen"
}

/// Concludes.
#[action(plugin = Book)]
async fn conclude(book: Config<Book>) -> &'static str {
    write(&book, "concluded");
    "concluded"
}

fn read(folder: &Path) -> String {
    let book = std::fs::read_to_string(folder.join("book.txt")).unwrap_or_default();
    book.lines().collect::<Vec<_>>().join(",")
}

/// An agent on the file of a folder; without the book where its plugin is left out.
async fn start(folder: &Path, with_book: bool, clock: Clock) -> Agent {
    let folder = folder.display();
    let book = if with_book { format!("[plugins.book]\nbook = \"{folder}\"") } else { String::new() };
    let text = format!(
        "name = \"Ada\"\n[plugins.caller]\n{book}\n[plugins.sql]\nurl = \"sqlite://{folder}/a.db\"\n"
    );
    let (document, problems) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    assert!(problems.is_empty(), "{problems:?}");
    let registry = Registry::linked().unwrap();
    let plan = Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}"));
    Agent::start(plan, &registry, StartOptions { clock, ..StartOptions::default() }).await.unwrap()
}

fn clock() -> Clock {
    Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap())
}

async fn say(agent: &Agent, text: &str) -> (Vec<String>, RunRecord) {
    let turn = agent.send(Incoming::direct("test", "room", "sam", text)).await.unwrap();
    let (replies, record) = turn.finish().await;
    let replies = replies.iter().map(|reply| reply.content.text.clone()).collect();
    (replies, RunRecord::clone(&record.unwrap()))
}

/// The record of the only turn that asked for something, once it has ended.
async fn ended(agent: &Agent) -> RunRecord {
    for _ in 0..300 {
        for run in agent.store().runs(None, 10).await.unwrap() {
            let record: RunRecord = serde_json::from_value(run.record.clone()).unwrap();
            if run.is_finished() && !record.approvals.is_empty() {
                return record;
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the turn did not end: {:?}", agent.store().runs(None, 10).await);
}

fn statuses(record: &RunRecord) -> Vec<StepStatus> {
    record.steps.iter().map(|step| step.status).collect()
}

/// How the question is answered after the restart.
#[derive(Clone, Copy, Debug)]
enum Then {
    Said(&'static str),
    Told(Answer),
    Expired,
    ExpiredMeanwhile,
    /// The plugin of the actions is gone.
    Gone,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_outlives_a_restart() {
    use StepStatus::{Completed as C, Failed as F};
    for (then, last, steps, written) in [
        (Then::Said("Yes."), "prepared|paid prepared=true|concluded", [C, C, C], "prepared,paid,concluded"),
        (
            Then::Told(Answer::Allow),
            "prepared|paid prepared=true|concluded",
            [C, C, C],
            "prepared,paid,concluded",
        ),
        (Then::Said("no"), "prepared|PAY was not allowed by sam|concluded", [C, F, C], "prepared,concluded"),
        (
            Then::Told(Answer::Deny),
            "prepared|PAY was not allowed by the operator|concluded",
            [C, F, C],
            "prepared,concluded",
        ),
        (
            Then::Expired,
            "prepared|PAY was not allowed: nobody answered within 1h|concluded",
            [C, F, C],
            "prepared,concluded",
        ),
        (
            Then::ExpiredMeanwhile,
            "prepared|PAY was not allowed: nobody answered within 1h|concluded",
            [C, F, C],
            "prepared,concluded",
        ),
        (
            Then::Gone,
            "prepared|PAY was allowed, but it is not there any more: its plugin is not loaded, or does not offer it now|there is no action CONCLUDE",
            [C, F, F],
            "prepared",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let clock = clock();
        let first = start(folder.path(), true, clock.clone()).await;
        let (said, asked) = say(&first, "PREPARE,PAY,CONCLUDE").await;
        assert_eq!(said, ["May I run PAY? Say yes or no; I wait 1h."], "{then:?}");
        assert_eq!(asked.status, RunStatus::Waiting, "{then:?}");
        first.stop().await;
        assert_eq!(read(folder.path()), "prepared", "{then:?}");

        if matches!(then, Then::ExpiredMeanwhile) {
            clock.advance(Duration::from_secs(7_200));
        }
        let second = start(folder.path(), !matches!(then, Then::Gone), clock.clone()).await;
        match then {
            Then::Said(text) => drop(say(&second, text).await),
            Then::Gone => drop(say(&second, "yes").await),
            Then::Told(answer) => {
                let waiting = second.approvals().await.unwrap();
                drop(second.answer(waiting[0].id, answer, None).await.unwrap().finish().await);
            }
            Then::Expired => {
                assert_eq!(second.approvals().await.unwrap().len(), 1);
                clock.advance(Duration::from_secs(3_600));
            }
            Then::ExpiredMeanwhile => {}
        }
        let record = ended(&second).await;
        assert_eq!((record.run, record.status), (asked.run, RunStatus::Completed), "{then:?}");
        assert_eq!(statuses(&record), steps, "{then:?}");
        let reply = second.store().memories_by_id(&record.replies[record.replies.len() - 1..]).await.unwrap();
        assert_eq!(reply[0].content.text, last, "{then:?}");
        assert_eq!(read(folder.path()), written, "{then:?}");
        assert!(second.store().waiting().await.unwrap().is_empty(), "{then:?}");
        assert!(second.store().unfinished().await.unwrap().is_empty(), "{then:?}");
        let late = second.answer(record.approvals[0].id, Answer::Allow, None).await.unwrap_err();
        assert!(matches!(late, AnswerError::Answered { .. }), "{then:?}: {late}");
        second.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_stored_counts_though_the_process_ended_before_it_went_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path(), true, clock()).await;
    say(&first, "PREPARE,PAY").await;
    // As a process leaves it that is killed between storing the answer and going on.
    let mut run = first.store().waiting().await.unwrap().remove(0);
    let mut record: RunRecord = serde_json::from_value(run.record).unwrap();
    let at = first.clock().now();
    record.approvals[0].answered =
        Some(Answered { ruling: Ruling::Granted, by: None, name: "Kim".to_owned(), at });
    record.status = RunStatus::Running;
    run.status = record.status.name().to_owned();
    run.record = serde_json::to_value(&record).unwrap();
    first.store().put_run(&run, &[]).await.unwrap();
    first.stop().await;
    assert_eq!(read(folder.path()), "prepared");

    let second = start(folder.path(), true, clock()).await;
    let record = ended(&second).await;
    assert_eq!((record.status, statuses(&record)), (RunStatus::Completed, vec![StepStatus::Completed; 2]));
    assert_eq!(record.steps[1].allowed_by.as_ref().unwrap().name, "Kim");
    assert_eq!(read(folder.path()), "prepared,paid");
    second.stop().await;
}

/// What the process that is killed does: the words of its message, and whether it says yes.
const CHILD: &str = "GALATEA_APPROVAL_KILL_TEST";

/// The process that is killed: this test binary, run again with a folder and a message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(task) = env::var_os(CHILD) else { return };
    let task = task.into_string().unwrap();
    let (folder, text) = task.split_once('|').unwrap();
    let agent = start(Path::new(folder), true, Clock::system()).await;
    let (said, _) = say(&agent, text).await;
    tell(&said[0]);
    if env::var_os("GALATEA_APPROVAL_KILL_YES").is_some() {
        let turn = say(&agent, "yes");
        drop(turn.await);
    }
    std::future::pending::<()>().await;
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "told {line}").unwrap();
    out.flush().unwrap();
}

fn begin(folder: &Path, text: &str, says_yes: bool) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["approval::child", "--exact", "--nocapture"]).stdout(Stdio::piped());
    command.env(CHILD, format!("{}|{text}", folder.display()));
    if says_yes {
        command.env("GALATEA_APPROVAL_KILL_YES", "1");
    }
    command.spawn().unwrap()
}

/// Waits until the child has asked its question.
fn has_asked(child: &mut Child) {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines.map_while(Result::ok).find(|line| line.contains("told May I run"));
    assert!(told.is_some(), "the child asked nothing");
}

/// Kills a child as soon as a line stands in the book, or once it has asked.
fn killed(folder: &Path, text: &str, when_written: Option<&str>) {
    let mut child = begin(folder, text, when_written.is_some());
    has_asked(&mut child);
    if let Some(line) = when_written {
        for _ in 0..1_000 {
            if read(folder).contains(line) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(read(folder).contains(line), "the child wrote nothing");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_while_it_waits_is_answered_by_the_next_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || killed(&path, "PREPARE,PAY", None)).await.unwrap();
    let agent = start(folder.path(), true, Clock::system()).await;
    assert_eq!(say(&agent, "yes").await.0, ["prepared|paid prepared=true"]);
    assert_eq!(read(folder.path()), "prepared,paid");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_allowed_and_had_begun_runs_again_only_if_that_does_no_harm() {
    for (text, line, status, last, written) in [
        (
            "PREPARE,PAY_SLOWLY",
            "paid slowly",
            RunStatus::Completed,
            "prepared|whether PAY_SLOWLY took effect is not known: the process ended while it ran, and it was not run again",
            "prepared,paid slowly",
        ),
        ("LOOK", "looked", RunStatus::Completed, "seen", "looked,looked"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        tokio::task::spawn_blocking(move || killed(&path, text, Some(line))).await.unwrap();
        let agent = start(folder.path(), true, Clock::system()).await;
        let record = ended(&agent).await;
        assert_eq!(record.status, status, "{text}");
        let reply = agent.store().memories_by_id(&record.replies[record.replies.len() - 1..]).await.unwrap();
        assert_eq!(reply[0].content.text, last, "{text}");
        assert_eq!(read(folder.path()), written, "{text}");
        assert_eq!(record.steps.last().unwrap().allowed_by.as_ref().unwrap().name, "sam", "{text}");
        agent.stop().await;
    }
}
