//! Whether a running program is well.

use super::support::Folder;
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

/// A server that is well, or is not; it answers a request and ends.
fn server(status: &'static str) -> (thread::JoinHandle<String>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut asked = String::new();
        BufReader::new(&connection).read_line(&mut asked).unwrap();
        write!(connection, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        asked
    });
    (asked, address)
}

#[test]
fn a_program_is_well_when_it_says_so() {
    let folder = Folder::new();
    let (asked, address) = server("200 OK");
    let ran = folder.run(&["health", &address]);
    assert_eq!(asked.join().unwrap(), "GET /api/v1/health/ready HTTP/1.1\r\n");
    assert_eq!(ran.fine(), format!("http://{address} is well: 200 OK\n"));

    let (asked, address) = server("503 Service Unavailable");
    let ran = folder.run(&["health", &format!("http://{address}/api/v1/health/live")]);
    assert_eq!(asked.join().unwrap(), "GET /api/v1/health/live HTTP/1.1\r\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("is not well: 503"), "{}", ran.all());

    let ran = folder.run(&["health", "http://127.0.0.1:1"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.err.contains("does not answer") && ran.err.contains("[plugins.server] address"),
        "{}",
        ran.all()
    );
}
