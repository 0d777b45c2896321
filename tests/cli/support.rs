//! Runs the program in a folder of its own.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// A working directory that is gone at the end.
pub(super) struct Folder(TempDir);

/// What a run of the program gave.
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file in it.
    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The program, with nothing of this machine in its environment.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_galatea"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in ["RUST_LOG", "COLUMNS", "CLICOLOR_FORCE", "SCOUT_WEATHER_KEY", "USERNAME"] {
            command.env_remove(name);
        }
        for name in ["ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY"] {
            command.env_remove(name);
        }
        command.env("USER", "grace");
        command
    }

    pub(super) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Everything, for a snapshot.
    pub(super) fn all(&self) -> String {
        format!("code {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.out, self.err)
    }

    /// What it printed, where it had to end well.
    #[track_caller]
    pub(super) fn fine(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.all());
        &self.out
    }
}

/// The path of a fixture.
pub(super) fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A character that answers at once, remembers nothing, and reaches nothing.
pub(super) const PLAIN: &str = "\
name = \"Pat\"
bio = [\"Waters the plants of a library.\"]

[plugins.offline]
";
