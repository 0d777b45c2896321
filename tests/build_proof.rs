//! A broken character fails the build with the same text that `galatea check` prints; a good one is in the binary, proved.
//!
//! Builds a real project in a folder of its own. The target folder stays between runs, so that only the first is long.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

struct Project {
    folder: tempfile::TempDir,
    target: PathBuf,
}

struct Built {
    success: bool,
    said: String,
}

impl Project {
    /// A copy of the fixture whose dependencies are this workspace's, at this workspace's versions.
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let fixture = root.join("tests/fixtures/project");
        let folder = tempfile::tempdir().unwrap();
        for file in
            ["Cargo.toml", "build.rs", "src/lib.rs", "src/main.rs", "src/linked.rs", "characters/ada.toml"]
        {
            let text = fs::read_to_string(fixture.join(file)).unwrap();
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text.replace("@ROOT@", &root.display().to_string())).unwrap();
        }
        fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock")).unwrap();
        let target = root.join("target/build-proof");
        Self { folder, target }
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).unwrap();
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder.path().join(file)).unwrap();
        assert!(text.contains(from), "{file} has no `{from}`");
        self.write(file, &text.replace(from, to));
    }

    fn cargo(&self, command: &str) -> Built {
        let output = Command::new(env!("CARGO"))
            .args([command, "--quiet", "--color", "never"])
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", &self.target)
            // What cargo sets for this test is not meant for that project.
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        Built { success: output.status.success(), said: String::from_utf8_lossy(&said).into_owned() }
    }
}

/// What `galatea check` prints about a file, without its last line, which counts the files.
fn check(folder: &Path, file: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_galatea"))
        .args(["check", file])
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// The diagnostics of a text: each from its `error[` line to the blank line after it. The compiler indents what it shows.
fn diagnostics(text: &str, indent: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(indent).unwrap_or(line)).collect();
    lines
        .split(|line| line.trim().is_empty())
        .map(|block| block.join("\n"))
        .map(|block| block.find("error[GAL").map_or(String::new(), |at| block[at..].to_owned()))
        .filter(|block| !block.is_empty())
        .collect()
}

#[test]
fn the_build_proves_characters() {
    let project = Project::new();

    let good = project.cargo("run");
    assert!(good.success, "{}", good.said);
    assert_eq!(good.said.trim(), r#"[("ada", ["http", "weather"])]"#);

    // A dependency that is not selected: the build fails and names the line to add.
    project.replace("characters/ada.toml", "[plugins.http]\n", "");
    let missing = project.cargo("build");
    assert!(!missing.success);
    for wanted in ["GAL0007", "--> characters/ada.toml:3:10", "[plugins.http]"] {
        assert!(missing.said.contains(wanted), "`{wanted}` is not in:\n{}", missing.said);
    }

    // Several mistakes: the compiler shows the report that `galatea check` prints.
    let mistakes = "name = \"Ada\"\nbiography = \"x\"\n[plugins.weather]\nunits = \"kelvin\"\ncache-minutes = \"ten\"\n\
                    [plugins.http]\n[limits]\nsteps = 0\n";
    project.write("characters/ada.toml", mistakes);
    let built = project.cargo("build");
    assert!(!built.success);
    let built = diagnostics(&built.said, "       ");
    assert_eq!(built, diagnostics(&check(project.folder.path(), "characters/ada.toml"), ""));
    assert!(built.len() >= 5, "{built:#?}");

    // Mended, it builds again.
    let mended = "name = \"Ada\"\n[plugins.weather]\n[plugins.http]\n[grants.weather]\nnetwork = [\"*\"]\n";
    project.write("characters/ada.toml", mended);
    assert!(project.cargo("build").success);

    // A plugin that Cargo.toml has and the list has not: it would silently not be linked, so it does not compile.
    // (One that another plugin requires is linked by that one; leaving it out of the list does no harm.)
    project.write("src/linked.rs", "extern crate galatea_http as _;\n");
    let unlisted = project.cargo("build");
    assert!(!unlisted.success && unlisted.said.contains("galatea_weather"), "{}", unlisted.said);

    // And the reverse.
    project.write("src/linked.rs", "extern crate galatea_http as _;\nextern crate galatea_weather as _;\n");
    project.replace("src/linked.rs", "galatea_weather", "galatea_sea_state");
    let unknown = project.cargo("build");
    assert!(!unknown.success && unknown.said.contains("galatea_sea_state"), "{}", unknown.said);
}
