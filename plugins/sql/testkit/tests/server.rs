//! The servers of tests start, answer, stop, start again and leave nothing behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stdout, reason = "the killed process tells where its server is")]

use galatea_sql_testkit::Postgres;
use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const CHILD: &str = "GALATEA_TESTKIT_CHILD";

fn port(url: &str) -> u16 {
    url.rsplit_once(':').unwrap().1.split('/').next().unwrap().parse().unwrap()
}

fn listens(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn gone_soon(port: u16) {
    let begun = Instant::now();
    while listens(port) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server on port {port} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stops_and_starts_again_with_its_data() {
    let server = Postgres::start().await.unwrap();
    server.execute("CREATE TABLE t (a int)").await.unwrap();
    assert_eq!(server.execute("INSERT INTO t VALUES (1), (2)").await.unwrap(), 2);
    for crash in [false, true] {
        if crash { server.kill().await } else { server.stop().await }.unwrap();
        assert!(server.execute("SELECT 1").await.is_err());
        server.resume().await.unwrap();
        assert_eq!(server.execute("SELECT * FROM t").await.unwrap(), 2);
    }
    let (one, two) = (server.database().await.unwrap(), server.database().await.unwrap());
    assert_ne!(one, two);
    let told = server.execute("SELECT nonsense").await.unwrap_err().to_string();
    assert!(told.contains("SELECT nonsense") && told.contains("does not exist"), "{told}");
    let port = port(&one);
    drop(server);
    assert!(!listens(port), "it is gone with its handle");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    let server = Postgres::start().await.unwrap();
    println!("\nat {}", server.url("x").unwrap());
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_test_leaves_no_server() {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let url = lines.find_map(|line| line.strip_prefix("at ").map(str::to_owned)).unwrap();
    assert!(listens(port(&url)));
    child.kill().unwrap();
    child.wait().unwrap();
    gone_soon(port(&url));
}
