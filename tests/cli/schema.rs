//! The schema of character files.

use super::support::Folder;
use std::path::Path;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/characters/character.schema.json");

/// `UPDATE=1` rewrites the file.
#[test]
fn the_committed_schema_is_current() {
    let folder = Folder::new();
    if std::env::var_os("UPDATE").is_some() {
        folder.run(&["schema", "-o", COMMITTED]).fine();
    }
    let ran = folder.run(&["schema", "--check", COMMITTED]);
    assert_eq!(ran.code, Some(0), "{}; or UPDATE=1 cargo test --test cli schema", ran.all());
}

#[test]
fn a_stale_schema_is_refused_with_the_command_that_renews_it() {
    let folder = Folder::new();
    folder.write("old.json", "{}");
    for file in ["old.json", "none.json"] {
        let ran = folder.run(&["schema", "--check", file]);
        assert_eq!(ran.code, Some(1), "{}", ran.all());
        assert!(ran.err.contains(&format!("help: renew it: galatea schema -o {file}")), "{}", ran.all());
    }
    folder.run(&["schema", "-o", "old.json"]).fine();
    folder.run(&["schema", "--check", "old.json"]).fine();
    assert_eq!(folder.read("old.json"), folder.run(&["schema"]).fine());
}

#[test]
fn every_character_names_the_schema() {
    let folder = Path::new(COMMITTED).parent().unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("#:schema ./character.schema.json\n\n"), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 4);
}
