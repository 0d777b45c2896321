//! The API does what its description says: schemathesis sends what fits and what does not, and looks at every answer.

use super::program::Program;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the tool; another version gets another one.
const FOLDER: &str = "schemathesis-4.32.5";

/// What is looked at: no error of the server, no status, media type, header or body that is not described.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance";

/// Answers that last for ever, which have their own tests, and the routes of plugins, which ask servers that are not there.
const LEFT_OUT: &str = "(/(events|ws)$|^/agents/)";

#[test]
fn the_api_does_what_it_says_of_itself() {
    let tool = tool().unwrap_or_else(|why| {
        panic!("schemathesis cannot be had: {why}\nIt is installed with `python3 -m pip` into .tools.")
    });
    let mut program = Program::start();
    let folder = tempfile::tempdir().unwrap();
    // What names an agent or a plugin at random is refused at the door; these get further.
    let config = "[parameters]\n\"path.agent\" = \"ada\"\n\"path.plugin\" = \"weather\"\n";
    fs::write(folder.path().join("schemathesis.toml"), config).unwrap();
    let examples = std::env::var("GALATEA_EXAMPLES").unwrap_or_else(|_| "15".to_owned());
    let ran = Command::new(tool)
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(format!("http://{}/api/v1/openapi.json", program.address))
        .args(["--checks", CHECKS, "--exclude-path-regex", LEFT_OUT, "--max-examples", &examples])
        .args(["--phases", "examples,coverage,fuzzing", "--mode", "all", "--seed", "1776", "--workers", "2"])
        .args(["--request-timeout", "60", "--suppress-health-check", "all", "--generation-database", "none"])
        .current_dir(folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{out}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(program.is_running(), "{out}");
    let figures = out.lines().filter(|line| {
        ["Tested:", "Selected:", "generated", "passed", "skipped"].iter().any(|word| line.contains(word))
    });
    for line in figures {
        println!("{}", line.trim());
    }
}

/// The program; installed if it is not there. Several processes may ask at once.
fn tool() -> Result<PathBuf, String> {
    let told = |what: &str, why: std::io::Error| format!("{what}: {why}");
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools");
    fs::create_dir_all(&tools).map_err(|why| told("making the folder", why))?;
    let lock =
        File::create(tools.join("schemathesis.lock")).map_err(|why| told("making the lock file", why))?;
    lock.lock().map_err(|why| told("waiting for the lock file", why))?;
    let folder = tools.join(FOLDER);
    let program = folder.join("bin/schemathesis");
    if !program.is_file() {
        // A virtual environment knows its own path, so it is made where it stays; the program comes last.
        drop(fs::remove_dir_all(&folder));
        // Debian has `pip` without what `venv` wants to put it into a folder.
        run(Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&folder))?;
        let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/requirements.txt");
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "--python"]).arg(folder.join("bin/python")).args([
            "install",
            "--quiet",
            "--require-hashes",
            "--only-binary=:all:",
            "-r",
            requirements,
        ]);
        run(&mut pip)?;
    }
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{command:?} ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
