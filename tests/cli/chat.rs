//! Talking with agents.

use super::support::{Folder, PLAIN, Ran};
use serde_json::Value;
use std::{io::Write, process::Stdio};

/// A character with a storage.
fn remembering() -> String {
    format!("{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n")
}

#[test]
fn two_lines_are_answered_and_the_next_start_remembers() {
    let folder = Folder::new();
    folder.write("pat.toml", &remembering());
    let say = ["chat", "pat.toml", "--say", "Who are you?", "--say", "Hello!"];
    let first = folder.run(&say);
    let lines: Vec<&str> = first.fine().lines().collect();
    let [question, answer, greeting, _] = lines.as_slice() else { panic!("{}", first.all()) };
    assert_eq!(*question, "you: Who are you?");
    assert_eq!(*answer, "Pat: I am Pat. I water the plants of a library.");
    assert_eq!(*greeting, "you: Hello!");
    assert_eq!(first.err, "");

    let second = folder.run(&say);
    second.fine();
    assert!(second.err.contains("Pat remembers 4 earlier messages"), "{}", second.all());
}

#[test]
fn the_default_character_answers_without_a_network() {
    let folder = Folder::new();
    let ran = folder.run(&["chat", "--say", "What's the weather in London?", "--say", "Who are you?"]);
    let out = ran.fine();
    assert!(ran.err.contains("→ GET_WEATHER place=\"London\""), "{}", ran.all());
    assert!(out.contains("\nAda: I am Ada. I keep the weather log"), "{}", ran.all());
    assert!(folder.path().join(".galatea/ada.db").is_file());
}

/// Futures that await each other grow by copies of each other, above all where nothing is optimised, until a worker's stack of
/// 2 MiB ends in the middle of a turn: a test that fails at 3 quarters of that fails in time.
#[test]
fn a_turn_leaves_room_on_a_workers_stack() {
    let folder = Folder::new();
    let mut command = folder.command(&["chat", "--say", "What's the weather in London?"]);
    let ran = Ran::from(command.env("RUST_MIN_STACK", "1500000").output().unwrap());
    assert!(ran.fine().contains("I could not get the weather"), "{}", ran.all());
}

#[test]
fn every_bundled_character_introduces_itself() {
    for (name, words) in [
        ("ada", "I am Ada"),
        ("eliza", "I am Eliza"),
        ("concierge", "I am Marcel"),
        ("scout", "I am Scout"),
        ("mira", "I am Mira"),
    ] {
        let ran = Folder::new().run(&["chat", name, "--say", "Who are you?"]);
        assert!(ran.fine().contains(words), "{}", ran.all());
    }
}

#[test]
fn json_is_one_object_a_turn() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    let ran = folder.run(&[
        "chat",
        "pat.toml",
        "--say",
        "Who are you?",
        "--say",
        "Hello!",
        "--as",
        "Grace",
        "--json",
    ]);
    let turns: Vec<Value> = ran.fine().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(turns.len(), 2, "{}", ran.all());
    for turn in &turns {
        assert_eq!(turn["record"]["status"], "completed");
        assert_eq!(turn["record"]["message"], turn["message"]["id"]);
        assert_eq!(turn["replies"][0]["content"]["in-reply-to"], turn["message"]["id"]);
    }
    assert_eq!(turns[0]["message"]["content"]["text"], "Who are you?");
    assert_eq!(turns[0]["replies"][0]["content"]["text"], "I am Pat. I water the plants of a library.");
}

#[test]
fn a_pipe_is_read_line_by_line_with_commands() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    let mut command = folder.command(&["chat", "pat.toml", "--as", "Grace"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let lines = "/why\nWho are you?\n\n/why\n/plugins\n/wy\n/help\n/quit\nnever said\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    insta::with_settings!({filters => vec![
        (r"\d+(\.\d+)? ?(µs|ms|s)\b", "[time]"),
        (r"\d+ tokens read, \d+ written", "[tokens]"),
    ]}, {
        insta::assert_snapshot!(ran.all());
    });
}

#[test]
fn a_broken_character_is_reported_and_does_not_start() {
    let folder = Folder::new();
    folder.write("broken.toml", "name = \"Bo\"\ntopics = 7\n");
    let ran = folder.run(&["chat", "broken.toml", "--say", "Hello"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.is_empty() && ran.err.contains("--> broken.toml:2:10"), "{}", ran.all());
}

#[test]
fn a_plugin_that_is_refused_says_what_to_do() {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.sql]\nurl = \"postgres://somewhere\"\n"));
    let ran = folder.run(&["chat", "pat.toml", "--say", "Hello"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.starts_with("error: Pat does not start: plugin `sql` was refused at "), "{}", ran.all());
    assert!(ran.err.contains("\nhelp: "), "{}", ran.all());
}
