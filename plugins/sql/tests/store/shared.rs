//! Two real processes that run one agent on one database, under load; one is killed, the other takes over.

use super::fabric::{parse, start};
use galatea::{
    agent::{Agent, Incoming, StartOptions},
    memory::{Memory, MemoryKind},
    registry::Registry,
    store::{MemoryQuery, StoredRun},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};
use uuid::Uuid;

const CHARACTER: &str = "GALATEA_SHARED_TEST_CHARACTER";
const ROOMS: &str = "GALATEA_SHARED_TEST_ROOMS";

/// How long messages that were left may take to be answered after the load ends.
const PATIENCE: Duration = Duration::from_secs(60);

fn now() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros()
}

/// Adds a line to the book: action, room, message, process and time.
pub(super) fn write(book: &Path, message: &Memory) {
    let (room, id, process) = (message.room, message.id, std::process::id());
    let line = format!("{} {room} {id} {process} {}\n", message.content.text, now());
    let mut file = OpenOptions::new().create(true).append(true).open(book).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

/// A line of the book.
struct Line {
    action: String,
    room: Uuid,
    message: Uuid,
    process: u32,
    at: u128,
}

fn read(book: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(book).unwrap_or_default();
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        Line {
            action: words[0].to_owned(),
            room: words[1].parse().unwrap(),
            message: words[2].parse().unwrap(),
            process: words[3].parse().unwrap(),
            at: words[4].parse().unwrap(),
        }
    };
    // The last line may be on its way.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(line).collect()
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

/// One of the processes: this test binary, run again with a character.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Ok(character) = env::var(CHARACTER) else { return };
    let rooms: usize = env::var(ROOMS).unwrap().parse().unwrap();
    let agent = start(parse(&character)).await;
    say("ready");
    let over = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&over);
    std::thread::spawn(move || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        told.store(true, Ordering::Release);
    });
    let load: Vec<_> =
        (0..rooms).map(|room| tokio::spawn(send(agent.clone(), room, Arc::clone(&over)))).collect();
    for sender in load {
        sender.await.unwrap();
    }
    let begun = Instant::now();
    while !agent.store().unfinished().await.unwrap().is_empty() {
        assert!(
            begun.elapsed() < PATIENCE,
            "messages are not answered: {:?}",
            agent.store().unfinished().await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    agent.stop().await;
    say("settled");
}

/// Sends to a room, a few messages at a time, until it is over; says what was acknowledged and answered.
async fn send(agent: Agent, room: usize, over: Arc<AtomicBool>) {
    let mut number = 0;
    while !over.load(Ordering::Acquire) {
        let mut turns = Vec::new();
        for _ in 0..3 {
            number += 1;
            let action = if number % 2 == 0 { "SPEND" } else { "COUNT_MONEY" };
            let message = Incoming {
                id: Some(Uuid::new_v4()),
                ..Incoming::direct("test", &room.to_string(), "sam", action)
            };
            // A process that sleeps in the middle of a write keeps others from the room; what is refused is not acknowledged.
            let Ok(turn) = agent.send(message).await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            say(&format!("acked {}", turn.message));
            turns.push(turn);
        }
        for turn in turns {
            let message = turn.message;
            let (replies, record) = turn.finish().await;
            let answers = replies.iter().filter(|reply| !is_notice(reply)).count();
            // A process whose storage failed for a while cannot say how the turn ended; what is stored is checked at the end.
            if record.is_none() && answers == 0 {
                say(&format!("unknown {message}"));
                continue;
            }
            assert!(record.is_some() && answers == 1, "{record:?}, {replies:?}");
            say(&format!("answered {message}"));
        }
    }
}

/// What a person is told, before the answer, of an action that an earlier process began and that is not run again.
fn is_notice(reply: &Memory) -> bool {
    reply.metadata.get("step").is_some() && reply.content.text.starts_with("I was interrupted")
}

/// A process and what it said.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Arc<Mutex<Vec<String>>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Running {
    fn start(character: &str, rooms: usize) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["shared::child", "--exact", "--nocapture"])
            .env(CHARACTER, character)
            .env(ROOMS, rooms.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&said);
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                written.lock().unwrap().push(line);
            }
        });
        Self { stdin: child.stdin.take(), child, said, reader: Some(reader) }
    }

    fn said(&self, what: &str) -> Vec<Uuid> {
        let said = self.said.lock().unwrap();
        said.iter().filter_map(|line| line.strip_prefix(what)?.trim().parse().ok()).collect()
    }

    fn wait_for(&self, count: usize, what: &str) {
        let begun = Instant::now();
        while self.said(what).len() < count {
            assert!(begun.elapsed() < PATIENCE, "only {} times {what:?}", self.said(what).len());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// Ends the load and waits until everything is answered and the process has ended.
    fn end(&mut self) -> BTreeSet<Uuid> {
        drop(self.stdin.take());
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let said = self.said.lock().unwrap().join("\n");
        assert!(
            status.success() && said.contains("settled"),
            "{}",
            &said[said.len().saturating_sub(4_000)..]
        );
        self.said("acked ").into_iter().collect()
    }
}

/// The two in an order in which the first one holds a room: who came first to all of them keeps them while there is work.
fn with_a_room_first(book: &Path, one: Running, two: Running) -> (Running, Running) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let holders = holders(&read(book), now());
        let holds = |process: &Running| holders.values().any(|holder| *holder == process.child.id());
        if holds(&one) {
            return (one, two);
        }
        if holds(&two) {
            return (two, one);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no process got a room");
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that fails leaves none behind.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Kills one of two processes under load, and checks that the other one answers everything.
pub(super) async fn killed(character: &str, book: &Path, rooms: usize, for_so_long: Duration) {
    let (text, written) = (character.to_owned(), book.to_path_buf());
    let acknowledged = tokio::task::spawn_blocking(move || {
        let (one, two) = (Running::start(&text, rooms), Running::start(&text, rooms));
        for process in [&one, &two] {
            process.wait_for(rooms * 3, "answered ");
        }
        let (mut one, mut two) = with_a_room_first(&written, one, two);
        one.child.kill().unwrap();
        let at = now();
        one.child.wait().unwrap();
        one.reader.take().unwrap().join().unwrap();
        let mut acknowledged: BTreeSet<Uuid> = one.said("acked ").into_iter().collect();
        let answered = one.said("answered ").len();
        std::thread::sleep(for_so_long);
        let (killed, process) = (one.child.id(), two.child.id());
        let of_one = acknowledged.len();
        let of_two = two.end();
        println!("the killed process had {of_one} messages acknowledged and saw {answered} answered; the other one {}", of_two.len());
        took_over(&read(&written), killed, process, at);
        acknowledged.extend(of_two);
        acknowledged
    })
    .await
    .unwrap();
    verify(character, book, &acknowledged).await;
}

/// Stops one of two processes for longer than its leases last, and lets it go on.
pub(super) async fn paused(character: &str, book: &Path, rooms: usize, pause: Duration) {
    let (text, written) = (character.to_owned(), book.to_path_buf());
    let acknowledged = tokio::task::spawn_blocking(move || {
        let (one, two) = (Running::start(&text, rooms), Running::start(&text, rooms));
        for process in [&one, &two] {
            process.wait_for(rooms * 3, "answered ");
        }
        let (mut one, mut two) = with_a_room_first(&written, one, two);
        one.signal("-STOP");
        let at = now();
        std::thread::sleep(pause);
        one.signal("-CONT");
        std::thread::sleep(Duration::from_secs(1));
        // Neither is done before the other sends nothing any more.
        drop(two.stdin.take());
        let mut acknowledged = one.end();
        acknowledged.extend(two.end());
        took_over(&read(&written), one.child.id(), two.child.id(), at);
        acknowledged
    })
    .await
    .unwrap();
    verify(character, book, &acknowledged).await;
}

/// Who worked last on each room.
fn holders(lines: &[Line], at: u128) -> BTreeMap<Uuid, u32> {
    lines.iter().filter(|line| line.at <= at).map(|line| (line.room, line.process)).collect()
}

/// Prints how long the rooms of a process stood still that was killed or stopped.
fn took_over(lines: &[Line], killed: u32, other: u32, at: u128) {
    let holder = holders(lines, at);
    let mut times: Vec<u128> = Vec::new();
    for (room, _) in holder.iter().filter(|(_, process)| **process == killed) {
        let next = lines.iter().find(|line| line.room == *room && line.process == other && line.at > at);
        let Some(next) = next else { panic!("room {room} was not taken over") };
        times.push(next.at - at);
    }
    times.sort_unstable();
    assert!(!times.is_empty(), "the process held no room");
    let millis = |time: &u128| time / 1_000;
    println!(
        "{} of {} rooms were taken over, the first after {} ms, half after {} ms, the last after {} ms",
        times.len(),
        holder.len(),
        millis(&times[0]),
        millis(&times[times.len() / 2]),
        millis(&times[times.len() - 1]),
    );
}

/// Every message that was acknowledged has one answer, in the order of its room, and no money was spent twice.
async fn verify(character: &str, book: &Path, acknowledged: &BTreeSet<Uuid>) {
    let plan = parse(character);
    let agent =
        Agent::open_storage(plan, &Registry::linked().unwrap(), StartOptions::default()).await.unwrap();
    let answered = check(&agent).await;
    let lost: Vec<_> = acknowledged.difference(&answered).collect();
    assert!(lost.is_empty(), "{} acknowledged messages are not answered: {lost:?}", lost.len());

    let mut spent: BTreeMap<Uuid, usize> = BTreeMap::new();
    let lines = read(book);
    for line in lines.iter().filter(|line| line.action == "SPEND") {
        *spent.entry(line.message).or_default() += 1;
    }
    let twice: Vec<_> = spent.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "spent twice: {twice:?}");
    let runs = agent.store().runs(None, usize::MAX).await.unwrap();
    let all = MemoryQuery { kind: Some(MemoryKind::Message), limit: usize::MAX, ..MemoryQuery::default() };
    let said = agent.store().memories(&all).await.unwrap();
    let told: Vec<Uuid> =
        said.iter().filter(|reply| is_notice(reply)).filter_map(|reply| reply.content.in_reply_to).collect();
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "told twice of an interruption");
    let with = |status: &str| runs.iter().filter(|run| run.status == status).count();
    println!(
        "{} messages: {} completed, {} interrupted, {} failed; {} spent once each; {} told of an action that was cut off",
        answered.len(),
        with("completed"),
        with("interrupted"),
        with("failed"),
        spent.len(),
        told.len()
    );
    assert_eq!(with("failed"), 0);
    agent.stop().await;
}

/// Every message of every room has one answer, in the order of the messages. Gives the messages.
pub(super) async fn check(agent: &Agent) -> BTreeSet<Uuid> {
    let store = agent.store();
    assert!(store.unfinished().await.unwrap().is_empty());
    let all = MemoryQuery { kind: Some(MemoryKind::Message), limit: usize::MAX, ..MemoryQuery::default() };
    let said = store.memories(&all).await.unwrap();
    let mut answers: BTreeMap<Uuid, Vec<(i64, &str)>> = BTreeMap::new();
    for reply in said.iter().filter(|memory| memory.entity == agent.id() && !is_notice(memory)) {
        answers
            .entry(reply.content.in_reply_to.unwrap())
            .or_default()
            .push((reply.sequence, reply.content.text.as_str()));
    }
    let mut by_room: BTreeMap<Uuid, BTreeMap<i64, Uuid>> = BTreeMap::new();
    for message in said.iter().filter(|memory| memory.entity != agent.id()) {
        by_room.entry(message.room).or_default().insert(message.sequence, message.id);
    }
    for (room, messages) in &by_room {
        let mut last = 0;
        for (sequence, message) in messages {
            let answers = answers.get(message).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(answers.len(), 1, "answers to message {sequence} of room {room}: {answers:?}");
            assert!(
                answers[0].0 > last,
                "room {room}: message {sequence} was answered before an earlier one"
            );
            last = answers[0].0;
        }
    }
    let runs: Vec<StoredRun> = store.runs(None, usize::MAX).await.unwrap();
    assert!(runs.iter().all(|run| run.is_finished() || run.is_waiting()));
    by_room.values().flat_map(BTreeMap::values).copied().collect()
}
