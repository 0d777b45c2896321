//! A server of a test's own, in a folder for temporary files.

use crate::{Failure, fetch, options};
use sqlx::{Connection, postgres::PgConnection};
use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

const KEEPER: &str = include_str!("keeper.sh");

/// Builds on a busy computer starve a server that starts.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another program may take a port between the moment it was found free and the server's start.
const PORTS_TRIED: usize = 5;

#[derive(Debug)]
pub(crate) struct Own {
    keeper: Arc<Mutex<Keeper>>,
    folder: PathBuf,
    port: u16,
    password: String,
}

impl Own {
    pub(crate) async fn start(settings: &[&str]) -> Result<Self, Failure> {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.to_owned()).collect();
        for _ in 0..PORTS_TRIED {
            let settings = settings.clone();
            let made = tokio::task::spawn_blocking(move || Self::make(&settings)).await;
            let own = made.map_err(|why| Failure::new(why.to_string()))??;
            own.tell("start").await?;
            match own.answers().await {
                Ok(()) => return Ok(own),
                Err(_) if own.log().contains("could not create any TCP/IP sockets") => {}
                Err(why) => return Err(why),
            }
        }
        Err(Failure::new(format!("PostgreSQL found no free port {PORTS_TRIED} times")))
    }

    fn make(settings: &[String]) -> Result<Self, Failure> {
        let programs = fetch::programs()?;
        let told = |why: io::Error| Failure::new(format!("a PostgreSQL server cannot be made: {why}"));
        let folder = tempfile::Builder::new().prefix("galatea-postgres-").tempdir().map_err(told)?.keep();
        let user = unprivileged(&folder).map_err(told)?;
        let password = Uuid::new_v4().simple().to_string();
        initialise(&programs, &folder, user, &password).inspect_err(|_| drop(fs::remove_dir_all(&folder)))?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).map_err(told)?.port();
        let keeper = Keeper::start(&programs, &folder, user, port, settings).map_err(told)?;
        Ok(Self { keeper: Arc::new(Mutex::new(keeper)), folder, port, password })
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://galatea:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Gives the keeper a word and waits until it was obeyed.
    pub(crate) async fn tell(&self, word: &'static str) -> Result<(), Failure> {
        self.ask(word).await.map(drop)
    }

    async fn ask(&self, word: &'static str) -> Result<String, Failure> {
        let keeper = Arc::clone(&self.keeper);
        let told = tokio::task::spawn_blocking(move || {
            keeper.lock().unwrap_or_else(PoisonError::into_inner).tell(word)
        });
        match told.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(why)) => Err(Failure::new(format!("the keeper of PostgreSQL did not {word}: {why}"))),
            Err(why) => Err(Failure::new(why.to_string())),
        }
    }

    pub(crate) async fn resume(&self) -> Result<(), Failure> {
        self.tell("start").await?;
        self.answers().await
    }

    async fn answers(&self) -> Result<(), Failure> {
        let options = options(&self.url("postgres"))?;
        let begun = Instant::now();
        loop {
            match PgConnection::connect_with(&options).await {
                Ok(connection) => {
                    return connection.close().await.map_err(|why| Failure::new(why.to_string()));
                }
                Err(why) if begun.elapsed() > PATIENCE => {
                    return Err(Failure::new(format!("PostgreSQL does not answer: {why}\n{}", self.log())));
                }
                Err(_) => {}
            }
            if self.ask("alive").await?.starts_with("no") {
                return Err(Failure::new(format!("PostgreSQL did not start:\n{}", self.log())));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// PostgreSQL refuses to run as the superuser: then it is run as `nobody`, to whom the folder is given. `None`: as who
/// runs the test, to whom the folder belongs.
fn unprivileged(folder: &Path) -> io::Result<Option<u32>> {
    if fs::metadata(folder)?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let nobody = users.lines().find_map(|line| line.strip_prefix("nobody:")?.split(':').nth(1)?.parse().ok());
    let nobody = nobody.ok_or_else(|| io::Error::other("there is no user `nobody` to run it as"))?;
    chown(folder, Some(nobody), Some(nobody))?;
    Ok(Some(nobody))
}

/// A command of the user; the groups of the superuser go with it.
fn command(program: impl AsRef<std::ffi::OsStr>, user: Option<u32>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    command
}

fn initialise(programs: &Path, folder: &Path, user: Option<u32>, password: &str) -> Result<(), Failure> {
    let told = |why: io::Error| Failure::new(format!("`initdb` cannot be run: {why}"));
    let file = folder.join("password");
    fs::write(&file, password).map_err(told)?;
    chown(&file, user, user).map_err(told)?;
    let mut initdb = command(programs.join("initdb"), user, folder);
    initdb.args(["-U", "galatea", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
    // The password is good for minutes; to check it 4096 times over, without optimisation, costs each connection dearly.
    initdb.args(["-c", "scram_iterations=1"]);
    let done = initdb.arg("--pwfile").arg(&file).arg("-D").arg(folder.join("data")).output().map_err(told)?;
    match done.status.success() {
        true => Ok(()),
        false => Err(Failure::new(format!("`initdb` failed: {}", String::from_utf8_lossy(&done.stderr)))),
    }
}

/// The shell that has the server as its child, and ends it when nothing more can come from the test.
#[derive(Debug)]
struct Keeper {
    shell: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    fn start(
        programs: &Path,
        folder: &Path,
        user: Option<u32>,
        port: u16,
        settings: &[String],
    ) -> io::Result<Self> {
        let mut shell = command("/bin/sh", user, folder);
        shell.args(["-c", KEEPER, "keeper"]).arg(programs.join("postgres")).arg(folder).arg(port.to_string());
        shell.args(["-c", "max_connections=300", "-c", "shared_buffers=32MB"]);
        for setting in settings {
            shell.args(["-c", setting]);
        }
        // A group of its own: who ends the test with Ctrl-C must not end the keeper before it has tidied up.
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut shell = shell.spawn()?;
        let words = shell.stdin.take();
        let answers = shell.stdout.take().ok_or_else(|| io::Error::other("it has no output"))?;
        Ok(Self { shell, words, answers: BufReader::new(answers) })
    }

    fn tell(&mut self, word: &str) -> io::Result<String> {
        let words = self.words.as_mut().ok_or_else(|| io::Error::other("it has no input"))?;
        writeln!(words, "{word}")?;
        let mut answer = String::new();
        while !answer.ends_with("done\n") {
            if self.answers.read_line(&mut answer)? == 0 {
                return Err(io::Error::other("it ended"));
            }
        }
        Ok(answer)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.shell.wait();
    }
}
