//! Ctrl-C ends cleanly, and nothing that was said is lost.

use super::support::{Folder, PLAIN, Ran};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, Command, Stdio},
};

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn an_interrupted_chat_keeps_what_was_said() {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n"));
    for (name, codes) in [("-INT", [Some(130), Some(0)]), ("-TERM", [Some(143), Some(0)])] {
        let mut child = folder.command(&["chat", "pat.toml"]).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"Who are you?\n").unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("Pat: ") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "no answer");
        }
        signal(&child, name);
        let code = child.wait().unwrap().code();
        assert!(codes.contains(&code), "{name}: {code:?}");
    }
    let ran = folder.run(&["chat", "pat.toml", "--say", "Hello!"]);
    ran.fine();
    assert!(ran.err.contains("Pat remembers 4 earlier messages"), "{}", ran.all());
}

#[test]
fn running_agents_end_with_0() {
    let folder = Folder::new();
    folder.write("pat.toml", PLAIN);
    let mut child = folder.command(&["run", "pat.toml", "eliza"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut out = String::new();
    lines.read_line(&mut out).unwrap();
    lines.read_line(&mut out).unwrap();
    signal(&child, "-INT");
    lines.read_to_string(&mut out).unwrap();
    let ran = Ran { out, ..Ran::from(child.wait_with_output().unwrap()) };
    ran.fine();
    assert!(ran.out.contains("Pat runs: 1 plugin, ") && ran.out.contains("Eliza runs: "), "{}", ran.all());
}
