//! A process that is killed at random moments while it answers in eight rooms: every message that it acknowledged is
//! answered once, in the order of its room, and what must not be done twice is not.
//!
//! `GALATEA_CRASH_KILLS=200` kills more often, `GALATEA_CRASH_SEED=1` repeats the same moments.

use galatea::{
    agent::{Agent, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    model::{Purpose, Speaker, ToolCall},
    plan::Plan,
    prelude::*,
    registry::Registry,
    store::{MemoryQuery, StoredRun},
    text::id::stable_id_for,
    turn::{RunRecord, RunStatus, StepStatus},
};
use serde_json::Map;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};
use uuid::Uuid;

const FOLDER: &str = "GALATEA_CRASH_TEST_FOLDER";
const URL: &str = "GALATEA_CRASH_TEST_URL";
const NEXT: &str = "GALATEA_CRASH_TEST_NEXT";
const ROOMS: usize = 8;
/// How many messages of a room are under way at once.
const UNDER_WAY: usize = 3;
/// What messages ask for, in turn; nothing is a plain reply.
const PLANS: [&str; 6] = [
    "STAMP_ONCE",
    "STAMP_AGAIN,STAMP_ONCE",
    "",
    "STAMP_ONCE,STAMP_AGAIN,STAMP_ONCE",
    "STAMP_AGAIN",
    "STAMP_ONCE,STAMP_ONCE",
];

/// Asks for what the message says, and repeats what came of it.
#[plugin("foreman")]
pub struct Foreman;

/// Asks for what the message says.
#[model(TextSmall, TextLarge, tools, plugin = Foreman)]
async fn direct(request: Request) -> ModelAnswer {
    if request.purpose == Purpose::ShouldRespond {
        return ModelAnswer::text("RESPOND");
    }
    let results: Vec<&str> =
        request.lines.iter().filter(|l| l.speaker == Speaker::Tool).map(|l| l.text.as_str()).collect();
    if !results.is_empty() {
        return ModelAnswer::text(results.join("|"));
    }
    let text = request.last_user_text();
    let names =
        text.split_once(": ").map_or("", |(_, names)| names).split(',').filter(|name| !name.is_empty());
    let call = |(i, name): (usize, &str)| ToolCall {
        id: format!("call {i}"),
        name: name.to_owned(),
        arguments: Map::new(),
    };
    let calls: Vec<ToolCall> = names.enumerate().map(call).collect();
    if calls.is_empty() {
        ModelAnswer::text(format!("heard {text}"))
    } else {
        ModelAnswer { calls, ..ModelAnswer::default() }
    }
}

/// Writes down what it does, outside of the storage.
#[plugin("stamper", config = StamperSettings)]
pub struct Stamper;

/// Where it writes.
#[config]
#[derive(Clone)]
pub struct StamperSettings {
    /// The folder.
    pub stamps: PathBuf,
}

async fn stamp(settings: &StamperSettings, what: &str, message: &Message, key: IdempotencyKey) -> String {
    let pause = Duration::from_micros(u64::from(key.as_bytes()[0]) * 20);
    tokio::time::sleep(pause).await;
    let path = settings.stamps.join("stamps.txt");
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    // One write, so that a line is there whole or not at all.
    file.write_all(format!("{what} {key} {}\n", message.id).as_bytes()).unwrap();
    tokio::time::sleep(pause).await;
    format!("stamped {key}")
}

/// Stamps, which must not be done twice.
#[action(plugin = Stamper)]
async fn stamp_once(stamper: Config<Stamper>, message: Message, key: IdempotencyKey) -> String {
    stamp(&stamper, "once", &message, key).await
}

/// Stamps, which may be done twice.
#[action(plugin = Stamper, idempotent)]
async fn stamp_again(stamper: Config<Stamper>, message: Message, key: IdempotencyKey) -> String {
    stamp(&stamper, "again", &message, key).await
}

async fn start(folder: &Path, url: &str) -> Agent {
    let folder = folder.display();
    let text = format!(
        "name = \"Ada\"\n[limits]\nattempts = 100\n[plugins.foreman]\n[plugins.stamper]\nstamps = \"{folder}\"\n\
         [plugins.sql]\nurl = \"{url}\"\ndurability = \"crash\"\n"
    );
    let (document, problems) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    assert!(problems.is_empty(), "{problems:?}");
    let registry = Registry::linked().unwrap();
    let plan = Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}"));
    Agent::start(plan, &registry, StartOptions::default()).await.unwrap()
}

fn room_name(room: usize) -> String {
    format!("room {room}")
}

fn message_id(room: usize, number: usize) -> Uuid {
    stable_id_for(Uuid::nil(), &format!("message {number} of room {room}"))
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    // Together with the end of the line, so that a line is whole or not there.
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// The process that is killed: this test binary, run again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let agent = start(Path::new(&folder), &env::var(URL).unwrap()).await;
    let mut outbox = agent.outbox("crash").await.unwrap();
    tell("ready");
    let next = env::var(NEXT).unwrap();
    if next.is_empty() {
        finish(&agent, &mut outbox).await;
        return;
    }
    tokio::spawn(async move {
        while let Some(memory) = outbox.next().await {
            tell(&format!("delivered {}", memory.id));
            outbox.delivered(&[memory.id]).await.unwrap();
        }
    });
    let senders = next.split(',').enumerate().map(|(room, number)| {
        let (agent, number) = (agent.clone(), number.parse::<usize>().unwrap());
        tokio::spawn(async move { keep_sending(agent, room, number).await })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
}

async fn keep_sending(agent: Agent, room: usize, from: usize) {
    let mut under_way = std::collections::VecDeque::new();
    for number in from.. {
        let text = format!("{number}: {}", PLANS[(room + number) % PLANS.len()]);
        let incoming = Incoming {
            id: Some(message_id(room, number)),
            ..Incoming::direct("crash", &room_name(room), "sam", &text)
        };
        let turn = agent.send(incoming).await.unwrap();
        tell(&format!("accepted {room} {number}"));
        under_way.push_back(turn);
        if under_way.len() >= UNDER_WAY
            && let Some(oldest) = under_way.pop_front()
        {
            oldest.finish().await;
        }
    }
}

/// Answers what is left, and ends as it should.
async fn finish(agent: &Agent, outbox: &mut galatea::agent::Outbox) {
    for _ in 0..3_000 {
        if agent.store().unfinished().await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    while let Some(memory) = outbox.next_now() {
        tell(&format!("delivered {}", memory.id));
        outbox.delivered(&[memory.id]).await.unwrap();
    }
    agent.stop().await;
    tell("finished");
}

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 27)) >> 8) % end
    }
}

/// What the children said.
#[derive(Default)]
struct Heard {
    accepted: Vec<BTreeSet<usize>>,
    delivered: BTreeSet<Uuid>,
    ready: usize,
    finished: bool,
}

impl Heard {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["accepted", room, number] => {
                self.accepted[room.parse::<usize>().unwrap()].insert(number.parse().unwrap());
            }
            ["delivered", id] => {
                self.delivered.insert(id.parse().unwrap());
            }
            ["ready"] => self.ready += 1,
            ["finished"] => self.finished = true,
            // What the test harness says.
            _ => {}
        }
    }

    /// The first number of each room that was not acknowledged.
    fn next(&self) -> String {
        let next =
            |numbers: &BTreeSet<usize>| (0..).find(|number| !numbers.contains(number)).unwrap_or_default();
        self.accepted.iter().map(|numbers| next(numbers).to_string()).collect::<Vec<_>>().join(",")
    }
}

/// When a child is killed.
#[derive(Clone, Copy)]
enum Kill {
    /// So long after it was begun: most often while it starts.
    AfterBegin(Duration),
    /// So long after it was ready.
    AfterReady(Duration),
    /// Not at all: it answers what is left.
    Never,
}

/// Runs a child until it is killed, or has finished.
fn run_child(folder: &Path, url: &str, heard: &mut Heard, kill: Kill) {
    let next = if matches!(kill, Kill::Never) { String::new() } else { heard.next() };
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--nocapture"])
        .env(FOLDER, folder)
        .env(URL, url)
        .env(NEXT, next)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (told, ready) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let note = |line: String| {
            // The harness may begin a line with the name of the test.
            let line = line.rsplit_once("... ").map_or(line.as_str(), |(_, rest)| rest).to_owned();
            if line == "ready" {
                told.send(()).unwrap_or_default();
            }
            line
        };
        lines.map_while(Result::ok).map(note).collect::<Vec<String>>()
    });
    match kill {
        Kill::AfterBegin(after) => std::thread::sleep(after),
        Kill::AfterReady(after) => {
            ready.recv_timeout(Duration::from_secs(60)).unwrap();
            std::thread::sleep(after);
        }
        Kill::Never => {}
    }
    if !matches!(kill, Kill::Never) {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    for line in reader.join().unwrap() {
        heard.line(&line);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_answers_everything_once_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/a.db", folder.path().display());
    survives(folder.path(), &url).await;
}

/// Kills and starts processes over a database, and looks at what they left.
pub(crate) async fn survives(folder: &Path, url: &str) {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let kills = number("GALATEA_CRASH_KILLS").unwrap_or(15);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let seed = number("GALATEA_CRASH_SEED").unwrap_or(u64::try_from(now.as_millis()).unwrap());
    println!("GALATEA_CRASH_SEED={seed} GALATEA_CRASH_KILLS={kills}");
    let (path, address) = (folder.to_owned(), url.to_owned());
    let begun = Instant::now();
    let heard = tokio::task::spawn_blocking(move || {
        let mut random = Random(seed);
        let mut heard = Heard { accepted: vec![BTreeSet::new(); ROOMS], ..Heard::default() };
        for _ in 0..kills {
            let kill = if random.below(4) == 0 {
                Kill::AfterBegin(Duration::from_millis(10 + random.below(400)))
            } else {
                Kill::AfterReady(Duration::from_micros(random.below(400_000)))
            };
            run_child(&path, &address, &mut heard, kill);
        }
        run_child(&path, &address, &mut heard, Kill::Never);
        heard
    })
    .await
    .unwrap();
    assert!(heard.finished, "the last process did not come to its end");
    let accepted: usize = heard.accepted.iter().map(BTreeSet::len).sum();
    assert!(accepted > 0, "nothing was accepted");
    let agent = start(folder, url).await;
    let told = check(&agent, folder, &heard).await;
    agent.stop().await;
    let (time, ready) = (begun.elapsed(), heard.ready - 1);
    println!(
        "{kills} kills in {time:.1?}, {ready} of them after the start; {accepted} messages acknowledged; {told}"
    );
}

async fn check(agent: &Agent, folder: &Path, heard: &Heard) -> String {
    let store = agent.store();
    assert!(store.unfinished().await.unwrap().is_empty() && agent.parked().await.unwrap().is_empty());
    let runs: BTreeMap<Uuid, StoredRun> =
        store.runs(None, usize::MAX).await.unwrap().into_iter().map(|run| (run.message, run)).collect();
    let (once, again) = stamps(folder);
    let (mut unknown, mut steps) = (0, 0);
    for (room, numbers) in heard.accepted.iter().enumerate() {
        let query = MemoryQuery {
            room: Some(agent.place_id("crash", &room_name(room))),
            kind: Some(MemoryKind::Message),
            limit: usize::MAX,
            ..MemoryQuery::default()
        };
        let talk = store.memories(&query).await.unwrap();
        // What was stored and not acknowledged before a kill was sent again under the same id, and is one message.
        let asked: Vec<Uuid> = talk.iter().filter(|m| m.entity != agent.id()).map(|m| m.id).collect();
        let wanted: Vec<Uuid> = (0..asked.len()).map(|number| message_id(room, number)).collect();
        assert_eq!(asked, wanted, "room {room}: each message once, in order");
        assert!(numbers.len() <= asked.len(), "room {room}: an acknowledged message is lost");
        let own = talk.iter().filter(|m| m.entity == agent.id());
        let notices = own.clone().filter(|m| m.content.text.starts_with("I was interrupted")).count();
        let answers: Vec<Uuid> = own
            .clone()
            .filter(|m| !m.content.text.starts_with("I was interrupted"))
            .filter_map(|m| m.content.in_reply_to)
            .collect();
        assert_eq!(answers, wanted, "room {room}: each message is answered once, in order");
        for reply in own {
            assert!(heard.delivered.contains(&reply.id), "room {room}: {:?} never left", reply.content.text);
        }
        let mut unknown_here = 0;
        for message in &asked {
            let run = &runs[message];
            let record: RunRecord = serde_json::from_value(run.record.clone()).unwrap();
            assert_eq!((record.status, record.error.as_deref()), (RunStatus::Completed, None), "{record:#?}");
            for (index, step) in record.steps.iter().enumerate() {
                steps += 1;
                let key = stable_id_for(run.id, &format!("step {}", index + 1));
                let times =
                    if step.action == "STAMP_ONCE" { &once } else { &again }.get(&key).copied().unwrap_or(0);
                match (step.action.as_str(), step.status) {
                    ("STAMP_ONCE", StepStatus::Completed) => assert_eq!(times, 1, "{step:?}"),
                    ("STAMP_ONCE", StepStatus::Failed) => {
                        assert!(times <= 1, "{step:?} was done {times} times");
                        unknown_here += 1;
                    }
                    (_, StepStatus::Completed) => assert!(times >= 1, "{step:?}"),
                    _ => panic!("{step:?}"),
                }
            }
        }
        assert_eq!(
            unknown_here, notices,
            "room {room}: whose effect is not known was told, and nothing else"
        );
        unknown += unknown_here;
    }
    let twice = again.values().filter(|times| **times > 1).count();
    order(folder, &runs);
    format!("{steps} steps, {unknown} of unknown effect, {twice} idempotent ones repeated, 0 others")
}

/// How often each key was stamped, by what may be repeated.
fn stamps(folder: &Path) -> (BTreeMap<Uuid, usize>, BTreeMap<Uuid, usize>) {
    let (mut once, mut again) = (BTreeMap::new(), BTreeMap::new());
    let text = std::fs::read_to_string(folder.join("stamps.txt")).unwrap_or_default();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [what, key, _] = words.as_slice() else { panic!("{line}") };
        let stamps = if *what == "once" { &mut once } else { &mut again };
        *stamps.entry(key.parse().unwrap()).or_default() += 1;
    }
    assert!(once.values().all(|times| *times == 1), "something was done twice that must not be");
    (once, again)
}

/// What was done in a room was done in the order of its messages.
fn order(folder: &Path, runs: &BTreeMap<Uuid, StoredRun>) {
    let numbers: BTreeMap<Uuid, (usize, usize)> = (0..ROOMS)
        .flat_map(|room| (0..runs.len()).map(move |number| (message_id(room, number), (room, number))))
        .collect();
    let mut last = [0; ROOMS];
    for line in std::fs::read_to_string(folder.join("stamps.txt")).unwrap_or_default().lines() {
        let message: Uuid = line.rsplit_once(' ').unwrap().1.parse().unwrap();
        let (room, number) = numbers[&message];
        assert!(number >= last[room], "room {room}: {number} after {}", last[room]);
        last[room] = number;
    }
}
