//! Programs that can be reached: where, by whom, and not unless they are told to.

use super::support::{Folder, PLAIN, Ran};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

/// Pat, who can be reached at this address and remembers in a file.
fn pat(folder: &Folder, address: &str) {
    let text = format!(
        "{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n\n[plugins.server]\naddress = \"{address}\"\n"
    );
    folder.write("pat.toml", &text);
}

/// A program that runs, and where it says that it can be reached.
struct Serving {
    child: Child,
    /// The line without its styles.
    line: String,
    host: String,
}

impl Serving {
    /// Reads lines of stdout, or of stderr, until one says where.
    fn new(mut command: Command, on_stderr: bool) -> Self {
        let mut child = command.spawn().unwrap();
        let from: Box<dyn Read> = match on_stderr {
            true => Box::new(child.stderr.take().unwrap()),
            false => Box::new(child.stdout.take().unwrap()),
        };
        let mut all = String::new();
        for line in BufReader::new(from).lines() {
            let line = line.unwrap();
            if let Some(rest) = line.strip_prefix("http://") {
                let host = rest.split('/').next().unwrap().to_owned();
                return Self { child, line, host };
            }
            all.push_str(&line);
            all.push('\n');
        }
        drop((child.kill(), child.wait()));
        panic!("it does not say where it can be reached:\n{all}");
    }

    fn get(&self, path: &str, token: Option<&str>) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let host = &self.host;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\n{token}connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| json!(body)))
    }

    fn end(mut self) -> Option<i32> {
        // A chat ends with what it reads.
        if self.child.stdin.take().is_none() {
            let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
            assert!(sent.success());
        }
        self.child.wait().unwrap().code()
    }
}

#[test]
fn running_agents_say_where_they_can_be_reached() {
    let folder = Folder::new();
    pat(&folder, "127.0.0.1:0");
    let serving = Serving::new(folder.command(&["run", "pat.toml"]), false);
    assert!(serving.line.ends_with("/api/v1/docs  for whoever sits at this machine"), "{}", serving.line);
    let (status, session) = serving.get("/api/v1/session", None);
    assert_eq!(
        (status, &session["signed-in"], &session["agents"][0]["name"]),
        (200, &json!(true), &json!("Pat"))
    );
    assert_eq!(serving.get("/api/v1/health/ready", None), (200, json!({ "status": "ready" })));
    assert_eq!(serving.get("/metrics", None).0, 200);
    let host = serving.host.clone();
    assert_eq!(serving.end(), Some(0));
    assert!(TcpStream::connect(host).is_err(), "it is closed");
}

#[test]
fn off_loopback_nobody_is_let_in_without_a_token() {
    let folder = Folder::new();
    pat(&folder, "127.0.0.1:0");
    let mut command = folder.command(&["run", "pat.toml"]);
    command.env("GALATEA_ADDRESS", "0.0.0.0:0");
    let serving = Serving::new(command, false);
    let advice = "nobody is let in yet: galatea token new pat.toml --name NAME --role owner makes a token";
    assert!(serving.line.ends_with(advice), "{}", serving.line);
    assert_eq!(serving.get("/api/v1/agents", None).0, 401);

    // The running agent knows it at once.
    let ran = folder.run(&["token", "new", "pat.toml", "--name", "phone"]);
    let token = ran.fine().trim().to_owned();
    assert!(ran.err.contains("member for chat, read; never ends; never used"), "{}", ran.all());
    assert_eq!(serving.get("/api/v1/agents", Some(&token)).0, 200);
    assert_eq!(serving.get("/metrics", Some(&token)).0, 403);
    let listed = folder.run(&["token", "list", "pat.toml"]);
    assert!(listed.fine().contains("phone") && listed.out.contains("last used 20"), "{}", listed.all());
    assert!(!listed.out.contains(&token[26..]));
    folder.run(&["token", "revoke", "pat.toml", "--name", "phone"]).fine();
    assert_eq!(serving.get("/api/v1/agents", Some(&token)).0, 401);
    assert_eq!(serving.end(), Some(0));

    folder.run(&["token", "new", "pat.toml", "--name", "me", "--role", "owner", "--scope", "all"]).fine();
    let serving = Serving::new(folder.command(&["run", "pat.toml", "--address", "0.0.0.0:0"]), false);
    assert!(serving.line.ends_with("/api/v1/docs  for who shows a token"), "{}", serving.line);
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn what_cannot_be_a_token_is_told() {
    let folder = Folder::new();
    folder.write("plain.toml", PLAIN);
    pat(&folder, "127.0.0.1:0");
    folder.run(&["token", "new", "pat.toml", "--name", "phone", "--expires", "30d", "--json"]).fine();
    for (args, told) in [
        (vec!["new", "plain.toml", "--name", "x"], "Pat has no storage, and forgets tokens at the end"),
        (vec!["new", "pat.toml", "--name", "phone"], "there is a token called `phone` already"),
        (vec!["new", "pat.toml", "--name", "owner"], "a token cannot be called `owner`"),
        (vec!["new", "pat.toml", "--name", "x", "--role", "king"], "guest, member, admin, owner"),
        (
            vec!["new", "pat.toml", "--name", "x", "--scope", "fly"],
            "read, chat, manage, metrics, routes, all",
        ),
        (vec!["revoke", "pat.toml", "--name", "phome"], "did you mean `phone`?"),
    ] {
        let ran = folder.run(&[vec!["token"], args].concat());
        assert!(ran.code != Some(0) && ran.err.contains(told), "{told}: {}", ran.all());
    }
    let listed = folder.run(&["token", "list", "pat.toml", "--json"]);
    let listed: Value = serde_json::from_str(listed.fine()).unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["scopes"]), (&json!("phone"), &json!(["chat", "read"])));
}

#[test]
fn a_chat_opens_nothing_unless_it_is_to() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Folder::new();
    pat(&folder, &address);
    let ran = folder.run(&["chat", "pat.toml", "--say", "Who are you?"]);
    assert!(ran.fine().contains("Pat: "), "{}", ran.all());
    assert!(!ran.err.contains("http://"), "{}", ran.all());
    let ran = folder.run(&["chat", "pat.toml", "--serve", "--say", "Who are you?"]);
    let told = format!("another program listens at {address} already");
    assert!(ran.code == Some(1) && ran.err.contains(&told), "{}", ran.all());

    let mut command = folder.command(&["chat", "pat.toml", "--serve", "--address", "localhost:0"]);
    command.stdin(Stdio::piped());
    let serving = Serving::new(command, true);
    assert_eq!(serving.get("/api/v1/health/live", None).0, 200);
    assert_eq!(serving.end(), Some(0));
}

#[test]
fn routes_are_shown_where_they_are_served() {
    let folder = Folder::new();
    pat(&folder, "127.0.0.1:4321");
    let ran = folder.run(&["routes", "pat.toml"]);
    assert!(ran.fine().contains("/api/v1/agents/pat/tokens  known callers: owner"), "{}", ran.all());
    assert!(ran.err.contains("`galatea run` serves them at http://127.0.0.1:4321"), "{}", ran.all());
    let _: Ran = ran;
}
