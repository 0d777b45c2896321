//! Many conversations at once: no reply is lost, and who does not read hurts nobody.

use super::program::Program;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// How many conversations; `GALATEA_LOAD` says another number.
const CONVERSATIONS: usize = 200;

/// How long the slowest may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// What one conversation gave.
struct Talk {
    /// Until the first event of the turn came.
    first: Duration,
    /// Until the end.
    whole: Duration,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn many_talk_at_once_and_no_reply_is_lost() {
    let count =
        std::env::var("GALATEA_LOAD").ok().and_then(|count| count.parse().ok()).unwrap_or(CONVERSATIONS);
    let mut program = Program::start();
    talk(&program.address, 0, "warm up").await;
    let before = program.memory("VmRSS");
    // They send, and never read what comes.
    let mut deaf = Vec::new();
    for number in 0..4 {
        deaf.push(open(&program.address, &format!("deaf-{number}"), "tell me a story", Some(2048)).await);
    }
    let mut talks = JoinSet::new();
    let begun = Instant::now();
    for number in 1..=count {
        let address = program.address.clone();
        talks.spawn(async move { talk(&address, number, "Hello, who are you?").await });
    }
    let mut done: Vec<Talk> = Vec::with_capacity(count);
    while let Some(talk) = talks.join_next().await {
        done.push(talk.unwrap());
    }
    let took = begun.elapsed();
    assert!(program.is_running());
    assert_eq!(done.len(), count);
    for talk in &done {
        for event in ["event: started", "event: reply", "event: ended", "\"status\":\"completed\""] {
            assert!(talk.text.contains(event), "{event} is missing: {}", talk.text);
        }
    }
    // What is stored says the same: every run came to its end, those of the deaf among them.
    let stored = stored_runs(&program.address).await;
    assert_eq!(stored, count + 1 + deaf.len(), "every message has a run that is completed");
    let mut first: Vec<Duration> = done.iter().map(|talk| talk.first).collect();
    let mut whole: Vec<Duration> = done.iter().map(|talk| talk.whole).collect();
    first.sort_unstable();
    whole.sort_unstable();
    let at = |all: &[Duration], hundredth: usize| all[(all.len() - 1) * hundredth / 100];
    println!(
        "{count} conversations in {took:.2?}; first event p50 {:.1?} p99 {:.1?}; whole p50 {:.1?} p99 {:.1?}; memory {} KiB before, {} KiB after, {} KiB at most",
        at(&first, 50),
        at(&first, 99),
        at(&whole, 50),
        at(&whole, 99),
        before,
        program.memory("VmRSS"),
        program.memory("VmHWM"),
    );
    drop(deaf);
}

/// Sends a message and reads the turn to its end.
async fn talk(address: &str, number: usize, text: &str) -> Talk {
    let begun = Instant::now();
    let mut stream = open(address, &format!("room-{number}"), text, None).await;
    let (mut first, mut read) = (None, Vec::new());
    let mut piece = [0_u8; 8192];
    loop {
        let length = timeout(PATIENCE, stream.read(&mut piece)).await.expect("nothing came").unwrap();
        read.extend_from_slice(&piece[..length]);
        let has = |wanted: &[u8]| read.windows(wanted.len()).any(|window| window == wanted);
        if first.is_none() && has(b"event: ") {
            first = Some(begun.elapsed());
        }
        // The last chunk is empty.
        if length == 0 || read.ends_with(b"0\r\n\r\n") {
            break;
        }
    }
    let text = String::from_utf8_lossy(&read).into_owned();
    Talk { first: first.unwrap_or(PATIENCE), whole: begun.elapsed(), text }
}

/// Sends a message and leaves the answer to be read.
async fn open(address: &str, room: &str, text: &str, buffer: Option<u32>) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    if let Some(buffer) = buffer {
        socket.set_recv_buffer_size(buffer).unwrap();
    }
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let body = serde_json::json!({ "text": text }).to_string();
    let request = format!(
        "POST /api/v1/agents/ada/rooms/{room}/messages HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// How many runs are completed, as the API lists them page by page.
async fn stored_runs(address: &str) -> usize {
    let (mut count, mut before) = (0, String::new());
    loop {
        let page = get(address, &format!("/api/v1/agents/ada/runs?status=completed&limit=200{before}")).await;
        count += page["items"].as_array().expect("a page").len();
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return count,
        }
    }
}

async fn get(address: &str, path: &str) -> serde_json::Value {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{text}");
    assert!(!head.to_ascii_lowercase().contains("transfer-encoding: chunked"), "{head}");
    serde_json::from_str(body).unwrap()
}
