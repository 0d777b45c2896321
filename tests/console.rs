//! The console in a real browser, against the real program: `plugins/console/web/e2e` tells what is done.
//!
//! Wants Node and Debian's `chromium`; the packages of the script come from its lock file.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a failed assumption fails the test")]

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Ada, with what the script does something with: a plugin to enable, an action to allow, something to remember.
const CHARACTER: &str = r#"
name = "Ada"
bio = ["Ada keeps the weather log of a small observatory on a windy hill."]
knowledge = [
  "The observatory is open to visitors on the first Saturday of each month, from dusk until ten.",
  "The coldest night in the log was the 12th of January 1987: minus 23 degrees Celsius.",
]

[plugins.server]
address = "127.0.0.1:0"

[plugins.console]

[plugins.sql]
url = "sqlite://ada.db"

[plugins.embedding]
fallback = "text-embedding"

[plugins.knowledge]

[plugins.bootstrap]

[plugins.http]

[plugins.weather]
enabled = false

[plugins.bell]

[plugins.offline]
fallback = ["text-small", "text-large"]

[grants.weather]
network = ["api.open-meteo.com", "geocoding-api.open-meteo.com"]
"#;

/// Ends the program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn web() -> PathBuf {
    Path::new(ROOT).join("plugins/console/web")
}

/// The program with the plugin of the tests. `cargo test` builds it with everything else; with `--test console` it does not:
/// `cargo build --example console-agent`.
fn program() -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_galatea")).with_file_name("examples").join("console-agent");
    assert!(built.exists(), "cargo builds {} with the tests", built.display());
    built
}

fn done(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}:\n{said}");
}

/// Chromium as Debian has it, and the packages of the lock file.
fn prepare() {
    if !Path::new("/usr/bin/chromium").exists() && std::env::var_os("CHROMIUM").is_none() {
        done(Command::new("apt-get").args(["update", "-qq"]));
        done(Command::new("apt-get").args(["install", "-y", "-qq", "--no-install-recommends", "chromium"]));
    }
    let installed = web().join("node_modules/.package-lock.json");
    let age = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    if age(&installed) < age(&web().join("package-lock.json")) {
        done(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(web()));
    }
}

/// Starts Ada in a folder; gives the address that the program tells.
fn start(folder: &Path) -> (Running, String) {
    std::fs::write(folder.join("ada.toml"), CHARACTER).unwrap();
    let log = std::fs::File::create(folder.join("log.txt")).unwrap();
    let mut child = Command::new(program())
        .args(["-v", "run", "ada.toml", "--no-watch"])
        .current_dir(folder)
        .env("USER", "grace")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let running = Running(child);
    let begun = Instant::now();
    let mut said = String::new();
    while begun.elapsed() < Duration::from_secs(60) {
        let Some(Ok(line)) = lines.next() else { break };
        if let Some(at) = line.find("http://") {
            let address: String = line[at..].chars().take_while(|c| !c.is_whitespace()).collect();
            let origin = address.split('/').take(3).collect::<Vec<_>>().join("/");
            // What it says later must not fill the pipe.
            std::thread::spawn(move || lines.for_each(drop));
            return (running, origin);
        }
        said += &format!("{line}\n");
    }
    let log = std::fs::read_to_string(folder.join("log.txt")).unwrap_or_default();
    panic!("the program told no address:\n{said}{log}");
}

#[test]
fn people_can_use_the_console() {
    prepare();
    let folder = tempfile::tempdir().unwrap();
    let (_running, origin) = start(folder.path());
    let shots = Path::new(ROOT).join("target/console");
    let output = Command::new("node")
        .arg("e2e/console.mjs")
        .current_dir(web())
        .env("CONSOLE", format!("{origin}/console/"))
        .env("SHOTS", &shots)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    println!("{said}");
    let log = std::fs::read_to_string(folder.path().join("log.txt")).unwrap_or_default();
    let last: Vec<&str> = log.lines().rev().take(40).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    assert!(output.status.success(), "{said}\nthe program's last words:\n{}", last.join("\n"));
}
