//! The program, running.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A character that needs nothing from outside.
const CHARACTER: &str = r#"
name = "Ada"
bio = "Keeps the weather log."

[plugins.bootstrap]

[plugins.offline]

[plugins.http]

# Where nothing answers: what asks it is told so.
[plugins.weather]
base-url = "http://127.0.0.1:9/forecast"
geocoding-url = "http://127.0.0.1:9/search"

[grants.weather]
network = ["127.0.0.1"]

[plugins.server]
rate = 1000000
connections = 8192
"#;

/// The program; `GALATEA_PROGRAM` names another build of it, e.g. one that is optimised.
fn program() -> String {
    std::env::var("GALATEA_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_galatea").to_owned())
}

/// An agent in a process of its own. It ends with this.
pub(crate) struct Program {
    child: Child,
    /// Where it listens, e.g. `127.0.0.1:40123`.
    pub(crate) address: String,
    _folder: TempDir,
}

impl Program {
    /// Starts it on a free port of this machine.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ada.toml"), CHARACTER).unwrap();
        // Every reader is an open file.
        let script = "ulimit -n \"$(ulimit -H -n)\"; exec \"$0\" \"$@\"";
        let mut child = Command::new("sh")
            .args(["-c", script, &program(), "run", "ada.toml", "--address", "127.0.0.1:0"])
            .current_dir(folder.path())
            .env("RUST_LOG", "warn")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        let address = loop {
            let line = lines.recv_timeout(Duration::from_secs(60)).expect("it does not say where it listens");
            if let Some(at) = line.find("http://") {
                let rest = &line[at + "http://".len()..];
                break rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
            }
        };
        Self { child, address, _folder: folder }
    }

    /// A line of what the system knows of it, in KiB: `VmRSS`, `VmHWM`.
    pub(crate) fn memory(&self, what: &str) -> u64 {
        let status =
            std::fs::read_to_string(Path::new("/proc").join(self.child.id().to_string()).join("status"));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
