//! The program running, and what drives it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// A character that needs nothing: the offline model, the vectors of the program, a database of its own.
const CHARACTER: &str = "\
name = \"Ada\"
bio = [\"Keeps the weather log of a small observatory.\"]
topics = [\"weather\", \"clouds\"]

[plugins.offline]

[plugins.embedding]

[plugins.sql]
url = \"sqlite://ada.db\"

[plugins.server]
anonymous = \"never\"
rate = 100000

[plugins.openai-api]

[plugins.eliza-api]
";

/// How long the program may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// `galatea run` in a folder of its own; ends with this.
pub(super) struct Program {
    pub(super) url: String,
    child: Child,
    folder: TempDir,
}

impl Program {
    pub(super) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ada.toml"), CHARACTER).unwrap();
        let mut child =
            command(folder.path(), &["run", "ada.toml", "--address", "127.0.0.1:0"]).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        // Read to the end: a program whose output nobody reads stands still.
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        let errors = Arc::new(Mutex::new(String::new()));
        let (mut from, into) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&errors));
        std::thread::spawn(move || {
            let mut line = String::new();
            while from.read_line(&mut line).is_ok_and(|read| read > 0) {
                into.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        let mut told = String::new();
        let url = loop {
            let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                drop(child.kill());
                panic!("the program told no address:\n{told}{}", errors.lock().unwrap())
            });
            told.push_str(&line);
            told.push('\n');
            if let Some(url) = address(&line) {
                break url;
            }
        };
        Self { url, child, folder }
    }

    /// A new token, as `galatea token new` makes it.
    pub(super) fn token(&self, args: &[&str]) -> String {
        let made =
            command(self.folder.path(), &[&["token", "new", "ada.toml"], args].concat()).output().unwrap();
        let text = String::from_utf8(made.stdout).unwrap();
        let token = text.split_whitespace().find(|word| word.starts_with("gal_"));
        token
            .unwrap_or_else(|| panic!("no token: {text}{}", String::from_utf8_lossy(&made.stderr)))
            .to_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_galatea"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["RUST_LOG", "CLICOLOR_FORCE", "GALATEA_ADDRESS", "OPENAI_API_KEY"] {
        command.env_remove(name);
    }
    command
}

/// The address in a line, without what follows its port.
fn address(line: &str) -> Option<String> {
    let from = line.find("http://")?;
    let rest = &line[from + "http://".len()..];
    let end =
        rest.find(|letter: char| !(letter.is_ascii_digit() || ".:".contains(letter))).unwrap_or(rest.len());
    Some(format!("http://{}", &rest[..end]))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(path)
}

/// A folder of `.tools/` that is made once; several processes may ask at once.
fn tools(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools");
    fs::create_dir_all(&tools).unwrap();
    let lock = File::create(tools.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let folder = tools.join(name);
    if !folder.is_dir() {
        let part = tools.join(format!("{name}.part"));
        let _ = fs::remove_dir_all(&part);
        fs::create_dir_all(&part).unwrap();
        make(&part);
        fs::rename(&part, &folder).unwrap();
    }
    folder
}

fn fine(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{out}{err}");
    out.into_owned()
}

/// Runs a script of `sdk/python` with the packages of its requirements.
pub(super) fn python(script: &str, program: &Program, tokens: &[(&str, &str)]) -> String {
    let packages = tools("sdk-python-openai-3.54.0", |folder| {
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"];
        let mut command = Command::new("python3");
        command.args(pip).arg("--target").arg(folder).arg("-r").arg(here("python/requirements.txt"));
        fine(&mut command);
    });
    let mut command = Command::new("python3");
    command.arg(here("python").join(script)).env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    fine(driven(&mut command, program, tokens))
}

/// Runs a script of `sdk/js` with the packages of its lock file.
pub(super) fn node(script: &str, program: &Program, tokens: &[(&str, &str)]) -> String {
    let packages = tools("sdk-js-openai-6.49.0-eliza-1.7.2", |folder| {
        fs::create_dir(folder.join("nothing")).unwrap();
        for name in ["package.json", "package-lock.json", "nothing/package.json"] {
            fs::copy(here("js").join(name), folder.join(name)).unwrap();
        }
        let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        fine(Command::new("npm").args(npm).current_dir(folder));
    });
    // Modules are looked for beside the script.
    let folder = tempfile::tempdir().unwrap();
    fs::copy(here("js").join(script), folder.path().join(script)).unwrap();
    std::os::unix::fs::symlink(packages.join("node_modules"), folder.path().join("node_modules")).unwrap();
    let mut command = Command::new("node");
    fine(driven(command.arg(folder.path().join(script)), program, tokens))
}

fn driven<'c>(command: &'c mut Command, program: &Program, tokens: &[(&str, &str)]) -> &'c mut Command {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.env("GALATEA_URL", &program.url);
    for (name, token) in tokens {
        command.env(name, token);
    }
    command
}
