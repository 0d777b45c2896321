//! A character file is saved while its agent runs.

use super::support::{Folder, PLAIN};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

/// A running program whose lines are read while it runs.
struct Running {
    child: Child,
    stdin: ChildStdin,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Running {
    fn start(folder: &Folder, args: &[&str]) -> Self {
        let mut child = folder.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Self { stdin: child.stdin.take().unwrap(), child, out, err }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The next line in which these words are.
#[track_caller]
fn line_with(lines: &Receiver<String>, words: &str) -> String {
    let mut seen = Vec::new();
    loop {
        match lines.recv_timeout(Duration::from_secs(20)) {
            Ok(line) if line.contains(words) => return line,
            Ok(line) => seen.push(line),
            Err(_) => panic!("no line with `{words}`: {seen:#?}"),
        }
    }
}

#[test]
fn a_chat_goes_on_with_what_was_saved() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    let mut chat = Running::start(&folder, &["chat", "pat.toml"]);
    chat.say("Who are you?");
    line_with(&chat.out, "Pat: I am Pat. I water the plants of a library.");

    folder
        .write("pat.toml", &PLAIN.replace("Waters the plants of a library.", "Feeds the fish of a museum."));
    let told = line_with(&chat.err, "Pat: ");
    assert!(told.starts_with("Pat: bio of the character changed; offline kept ("), "{told}");
    chat.say("Who are you?");
    line_with(&chat.out, "Pat: I am Pat. I feed the fish of a museum.");

    folder.write("pat.toml", "name = \"Pat\"\nbio = 7\n");
    line_with(&chat.err, "error[GAL0004]");
    line_with(&chat.err, "--> pat.toml:2:7");
    chat.say("Who are you?");
    line_with(&chat.out, "Pat: I am Pat. I feed the fish of a museum.");

    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.bootstrap]\n"));
    let told = line_with(&chat.err, "Pat: ");
    assert!(told.contains("bootstrap added") && told.contains("offline kept"), "{told}");
    chat.end();
}

#[test]
fn plugins_are_switched_in_the_chat() {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.http]\n[grants.http]\nnetwork = [\"*\"]\n"));
    let mut chat = Running::start(&folder, &["chat", "pat.toml"]);
    chat.say("/disable http");
    line_with(&chat.err, "Pat: http off (the character says `enabled = false`); offline kept");
    chat.say("/plugins");
    line_with(&chat.err, "http 0.1.0  off: the character says `enabled = false`");
    chat.say("/enable http");
    line_with(&chat.err, "Pat: http added; offline kept");
    chat.say("/reload http");
    line_with(&chat.err, "Pat: http reloaded (asked for); offline kept");
    chat.say("/disable http");
    line_with(&chat.err, "Pat: http off");
    chat.say("/reload");
    line_with(&chat.err, "Pat: http added; offline kept");
    for (command, told) in [
        ("/disable", "error: `/disable` takes the name of a plugin"),
        ("/enable htp", "error: there is no plugin `htp` in this build; did you mean `http`?"),
        ("/reload weather", "error: plugin `weather` does not run: the character does not select it"),
    ] {
        chat.say(command);
        line_with(&chat.err, told);
    }
    chat.end();
    let mut chat = Running::start(&folder, &["chat", "eliza"]);
    chat.say("/reload");
    line_with(&chat.err, "error: this character is part of the program, it has no file");
    chat.end();
}

#[test]
fn running_agents_follow_their_files_unless_told_not_to() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    folder.write("sue.toml", &PLAIN.replace("Pat", "Sue"));
    for watches in [true, false] {
        let mut args = vec!["run", "pat.toml", "sue.toml", "-v"];
        args.extend((!watches).then_some("--no-watch"));
        let mut running = Running::start(&folder, &args);
        line_with(&running.out, "Sue runs: ");
        let bio = if watches { "[\"Sings.\"]" } else { "[\"Hums.\"]" };
        folder.write("sue.toml", &format!("name = \"Sue\"\nbio = {bio}\n[plugins.offline]\n"));
        if watches {
            line_with(&running.err, "Sue: bio of the character changed; offline kept");
        } else {
            thread::sleep(Duration::from_secs(1));
        }
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        let rest: Vec<String> = running.err.iter().collect();
        assert!(
            !rest.iter().any(|line| line.contains("of the character changed; offline kept (")),
            "{rest:?}"
        );
    }
}
