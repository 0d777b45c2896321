//! What `galatea new` writes builds, passes its tests, clippy and rustfmt, and runs, as it is.
//!
//! The target folder stays between runs, so that only the first is long.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs a program in a folder; what it said, where it had to end well.
fn run(folder: &Path, program: &str, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", Path::new(ROOT).join("target/build-proof"))
        .env("CARGO_TERM_COLOR", "never")
        .env("USER", "grace")
        // What cargo sets for this test is not meant for that project.
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert!(status.success(), "{program} {args:?}:\n{said}");
    said
}

fn galatea(folder: &Path, args: &[&str]) -> String {
    run(folder, env!("CARGO_BIN_EXE_galatea"), args)
}

/// The versions that this workspace is built with: nothing is looked up.
fn lock(project: &Path) {
    fs::copy(Path::new(ROOT).join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
}

fn proves(project: &Path) {
    let cargo = env!("CARGO");
    let tested = run(project, cargo, &["test", "--quiet"]);
    assert!(tested.contains("test result: ok. "), "{tested}");
    run(project, cargo, &["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);
    run(project, cargo, &["fmt", "--check"]);
}

#[test]
fn what_is_written_builds_passes_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    galatea(folder.path(), &["new", "agent", "night-watch", "--galatea", ROOT]);
    let agent: PathBuf = folder.path().join("night-watch");
    lock(&agent);
    let added = galatea(&agent, &["new", "action", "orderCoffee"]);
    assert!(added.contains("ORDER_COFFEE is an action of Tools"), "{added}");
    proves(&agent);
    let cargo = env!("CARGO");
    let talked = run(&agent, cargo, &["run", "--quiet", "--", "chat", "--say", "Please roll 3 dice"]);
    assert!(talked.contains("3 dice: "), "{talked}");
    let listed = run(&agent, cargo, &["run", "--quiet", "--", "plugins", "tools"]);
    assert!(listed.contains("ROLL_DICE") && listed.contains("ORDER_COFFEE"), "{listed}");
    run(&agent, cargo, &["run", "--quiet", "--", "check"]);

    galatea(folder.path(), &["new", "plugin", "coffee", "--galatea", ROOT]);
    let plugin = folder.path().join("galatea-coffee");
    lock(&plugin);
    galatea(&plugin, &["new", "action", "clean-machine"]);
    proves(&plugin);
    let packed = run(&plugin, cargo, &["package", "--list", "--allow-dirty", "--offline"]);
    assert!(packed.contains("src/clean_machine.rs"), "{packed}");
}
