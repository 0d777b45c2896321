//! Servers that are programs: started with what the character grants, in a process group of their own.

use super::connection::Connection;
use galatea::definition::PermissionKind;
use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessGroup};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{ChildStderr, ChildStdin, ChildStdout, Command},
};

/// What a program finds of this process's environment: what it takes to run, and no secrets.
const KEPT: [&str; 10] =
    ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"];

/// The longest line of what a program says on its standard error, in bytes.
const LONGEST_LINE: u64 = 4096;

/// How many such lines are logged in [`PERIOD`]; the others are counted.
const MOST_LINES: usize = 100;
const PERIOD: Duration = Duration::from_secs(60);

/// How long a program may take to end after its input was closed, and again after it was told to.
const PATIENCE: Duration = Duration::from_secs(3);

/// The signal that tells a program to end.
const SIGTERM: i32 = 15;

/// What a program said last on its standard error.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard(Arc<Mutex<Option<String>>>);

impl Heard {
    pub(super) fn last(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A program that was started, with all that it started itself. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Program {
    child: Box<dyn ChildWrapper>,
    heard: Heard,
}

/// What a program reads and writes.
pub(super) type Streams = (ChildStdout, ChildStdin);

impl Program {
    /// What it said last on its standard error.
    pub(super) fn last(&self) -> Option<String> {
        self.heard.last()
    }

    /// Waits for its end after its input was closed; it is told to end where it does not, and then ended with its children.
    pub(super) async fn end(mut self) {
        if !self.ended_within(PATIENCE).await && self.child.signal(SIGTERM).is_ok() {
            self.ended_within(PATIENCE).await;
        }
    }

    async fn ended_within(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.child.inner_mut().wait()).await.is_ok()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The whole group: the program may be gone and its children not. That nobody is left is no error.
        let _ = self.child.start_kill();
    }
}

/// Starts a program.
pub(super) fn start(connection: &Connection, program: &str) -> Result<(Program, Streams), String> {
    let (means, settings) = (&connection.means, &connection.settings);
    if !means.grants.allow(PermissionKind::Process, program) {
        return Err(format!(
            "it may not start {program}; grant it in the character: [grants.mcp] process = [\"{program}\"]"
        ));
    }
    let mut command = Command::new(place_of(&means.base, program));
    command.args(&settings.args).env_clear();
    for name in KEPT {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    for (name, value) in &settings.env {
        command.env(name, value.expose());
    }
    let folder =
        settings.folder.as_ref().map_or_else(|| means.base.clone(), |folder| means.base.join(folder));
    if folder.is_dir() {
        command.current_dir(folder);
    } else if settings.folder.is_some() {
        return Err(format!("its folder {} is not there", folder.display()));
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut command = CommandWrap::from(command);
    command.wrap(ProcessGroup::leader());
    let mut child = command.spawn().map_err(|error| format!("{program} cannot be started: {error}"))?;
    let heard = Heard::default();
    if let Some(stderr) = child.stderr().take() {
        tokio::spawn(listen(connection.name.clone(), stderr, heard.clone()));
    }
    let streams = child.stdout().take().zip(child.stdin().take());
    let program = Program { child, heard };
    streams.map(|streams| (program, streams)).ok_or_else(|| "its input and output are not there".to_owned())
}

/// A program's place: one with `/` in its name is in the character's folder.
fn place_of(base: &Path, program: &str) -> PathBuf {
    if program.contains('/') { base.join(program) } else { PathBuf::from(program) }
}

/// Puts what a program says on its standard error into the log, as much of it as is good.
async fn listen(server: String, stderr: ChildStderr, heard: Heard) {
    let mut reader = BufReader::new(stderr);
    let (mut since, mut lines, mut left_out) = (Instant::now(), 0_usize, 0_usize);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text.is_empty() {
            continue;
        }
        *heard.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
        if since.elapsed() >= PERIOD {
            if left_out > 0 {
                tracing::info!(server, "it said {left_out} lines more");
            }
            (since, lines, left_out) = (Instant::now(), 0, 0);
        }
        if lines < MOST_LINES {
            lines += 1;
            tracing::info!(server, "{text}");
        } else {
            left_out += 1;
        }
    }
}
