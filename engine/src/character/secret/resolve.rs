//! Fetching a secret from where it is.

use super::{Reference, SECRET_MARK, Secret};
use crate::character::walk::{Place, walk};
use serde_json::Value;
use std::{
    fs::File,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// How long a command may run.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest secret, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Why a secret could not be had. Never holds the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the environment variable `{0}` is not set; set it, or name another")]
    Unset(String),
    /// The environment variable is set, but to nothing.
    #[error("the environment variable `{0}` is blank, which counts as unset; give it a value")]
    Blank(String),
    /// The environment variable is not UTF-8.
    #[error("the environment variable `{0}` is not valid UTF-8")]
    NotText(String),
    /// The file cannot be read.
    #[error("cannot read the file `{path}`: {why}")]
    File {
        /// The path as the character gives it.
        path: String,
        /// The cause.
        why: String,
    },
    /// The command did not give the secret.
    #[error("the command `{program}` {why}")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// The cause.
        why: String,
    },
}

/// Fetches a secret. Paths are relative to `base_dir`, the folder of the character file; commands run there.
/// Blocks for as long as the command runs, ten seconds at most.
///
/// # Errors
/// When there is nothing, or it cannot be read.
pub fn resolve(reference: &Reference, base_dir: &Path) -> Result<Secret, SecretError> {
    let text = match reference {
        Reference::Env(from) => from_environment(&from.env)?,
        Reference::File(from) => from_file(&from.file, base_dir)?,
        Reference::Command(from) => from_command(&from.command, base_dir, COMMAND_TIMEOUT)?,
    };
    crate::telemetry::remember(&text);
    Ok(Secret { text, reference: Some(reference.clone()) })
}

/// The JSON pointers of the texts that stand in a config where its schema says that a secret belongs.
pub(crate) fn plain_secrets(schema: &Value, config: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    walk(schema, config, &mut |place: &Place<'_>| {
        if place.schema.get(SECRET_MARK) == Some(&Value::Bool(true)) && place.value.is_string() {
            pointers.push(place.pointer());
        }
    });
    pointers.sort();
    pointers.dedup();
    pointers
}

/// Replaces the references in a config by the texts they stand for, wherever the schema says that a secret
/// belongs there. A text that stands there already is left.
///
/// # Errors
/// Every secret that could not be had, with its path in the config (`api-key`, `accounts[1].token`); the others
/// are replaced.
pub fn resolve_config(
    schema: &Value,
    config: &mut Value,
    base_dir: &Path,
) -> Result<(), Vec<(String, SecretError)>> {
    let mut pointers: Vec<(String, String)> = Vec::new();
    walk(schema, config, &mut |place: &Place<'_>| {
        if place.schema.get(SECRET_MARK) == Some(&Value::Bool(true)) {
            pointers.push((place.pointer(), place.shown()));
        }
    });
    pointers.sort();
    pointers.dedup();
    let mut errors = Vec::new();
    for (pointer, shown) in pointers {
        let value = config.pointer_mut(&pointer);
        if let Some(text) = value.as_ref().and_then(|value| value.as_str()) {
            crate::telemetry::remember(text);
        }
        let Some(value) = value.filter(|value| value.is_object()) else {
            continue;
        };
        let Ok(reference) = serde_json::from_value::<Reference>(value.clone()) else {
            continue;
        };
        match resolve(&reference, base_dir) {
            Ok(secret) => *value = Value::String(secret.expose().to_owned()),
            Err(error) => errors.push((shown, error)),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn from_environment(name: &str) -> Result<Zeroizing<String>, SecretError> {
    match std::env::var(name) {
        Ok(text) if text.trim().is_empty() => Err(SecretError::Blank(name.to_owned())),
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(std::env::VarError::NotPresent) => Err(SecretError::Unset(name.to_owned())),
        Err(std::env::VarError::NotUnicode(_)) => Err(SecretError::NotText(name.to_owned())),
    }
}

fn from_file(path: &str, base_dir: &Path) -> Result<Zeroizing<String>, SecretError> {
    let failed = |why: String| SecretError::File { path: path.to_owned(), why };
    let file = File::open(base_dir.join(path)).map_err(|error| failed(error.to_string()))?;
    read_text(file).map_err(failed)
}

fn from_command(
    words: &[String],
    base_dir: &Path,
    timeout: Duration,
) -> Result<Zeroizing<String>, SecretError> {
    let (program, arguments) = words.split_first().ok_or_else(|| SecretError::Command {
        program: String::new(),
        why: "is empty; name a program and its arguments".to_owned(),
    })?;
    let failed = |why: String| SecretError::Command { program: program.clone(), why };
    let base_dir = if base_dir.as_os_str().is_empty() { Path::new(".") } else { base_dir };
    // What it says on stderr is not kept: it may hold the secret.
    let mut child = (Command::new(program).args(arguments).current_dir(base_dir))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let output = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(output.map_or_else(|| Err("it is empty".to_owned()), read_text)));
    wait(&mut child, timeout).map_err(failed)?;
    // The program has ended, but what it started may hold on to the pipe.
    let text = receiver
        .recv_timeout(timeout)
        .map_err(|_| failed("left a program behind that does not end".to_owned()))?;
    text.map_err(|why| failed(format!("printed what cannot be used: {why}")))
}

/// Waits until a program has ended well. One that takes too long is ended.
fn wait(child: &mut Child, timeout: Duration) -> Result<(), String> {
    let deadline = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("failed ({status}); run it by hand to see why")),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                // It may have ended just now; there is nothing else to do about it.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not end within {} s", timeout.as_secs_f32()));
            }
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}

/// A text without line breaks at its end; not empty.
fn read_text(from: impl Read) -> Result<Zeroizing<String>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err("it is longer than 64 KiB".to_owned());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() { Err("it is empty".to_owned()) } else { Ok(Zeroizing::new(text.to_owned())) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use serde_json::json;

    fn command(script: &str) -> Reference {
        Reference::command(["sh", "-c", script])
    }

    #[test]
    fn secrets_are_fetched_or_the_cause_is_said() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "hush\r\n").unwrap();
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        let path = std::env::var("PATH").unwrap();
        for (reference, expected) in [
            (Reference::env("PATH"), Ok(path.as_str())),
            (Reference::env("GALATEA_NO_SUCH_VARIABLE"), Err("`GALATEA_NO_SUCH_VARIABLE` is not set")),
            (Reference::file("key"), Ok("hush")),
            (Reference::file("empty"), Err("cannot read the file `empty`: it is empty")),
            (Reference::file("none"), Err("cannot read the file `none`")),
            (Reference::file("."), Err("cannot read the file `.`")),
            (command("echo hush"), Ok("hush")),
            (command("cat key"), Ok("hush")),
            (command("echo hush >&2; exit 3"), Err("the command `sh` failed")),
            (command("true"), Err("it is empty")),
            (Reference::command(["galatea-no-such-program"]), Err("cannot be started")),
            (Reference::command(Vec::<String>::new()), Err("is empty")),
        ] {
            match (resolve(&reference, folder.path()), expected) {
                (Ok(secret), Ok(text)) => assert_eq!(secret.expose(), text),
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{error}");
                    assert!(!error.to_string().contains("hush"), "{error}");
                }
                (found, expected) => panic!("{reference}: {found:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn a_command_that_hangs_is_ended() {
        let words = ["sleep", "60"].map(str::to_owned);
        let error = from_command(&words, Path::new(""), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("did not end within"), "{error}");
    }

    #[test]
    fn only_what_the_schema_marks_is_replaced() {
        let schema = json!({
            "definitions": { "Secret": { "x-secret": true, "type": "object" } },
            "properties": {
                "key": { "description": "", "allOf": [{ "$ref": "#/definitions/Secret" }] },
                "accounts": { "items": { "properties": { "token": { "$ref": "#/definitions/Secret" } } } },
                "plain": { "type": "object" }
            }
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("k"), "hush").unwrap();
        let mut config = json!({
            "key": { "file": "k" },
            "accounts": [{ "token": { "file": "k" } }, { "token": { "file": "gone" } }],
            "plain": { "file": "k" }
        });
        let errors = resolve_config(&schema, &mut config, folder.path()).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].0, "accounts[1].token");
        assert_eq!(config["key"], "hush");
        assert_eq!(config["accounts"][0]["token"], "hush");
        assert_eq!(config["plain"], json!({ "file": "k" }));
    }
}
