//! Checking character files.

use super::support::{Folder, PLAIN, fixture};
use serde_json::{Value, json};

#[test]
fn eight_mistakes_give_eight_diagnostics_at_their_places() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(fixture("eight_mistakes.toml")).unwrap();
    folder.write("eight_mistakes.toml", &text);
    let ran = folder.run(&["check", "eight_mistakes.toml"]);
    insta::assert_snapshot!(ran.all());

    let ran = folder.run(&["check", "eight_mistakes.toml", "--json"]);
    assert_eq!(ran.code, Some(1));
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let places: Vec<Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["code"], one["line"], one["column"]]))
        .collect();
    let expected = json!([
        ["GAL0004", 2, 10],
        ["GAL0003", 3, 1],
        ["GAL0002", 5, 10],
        ["GAL0007", 8, 10],
        ["GAL0005", 9, 9],
        ["GAL0012", 10, 11],
        ["GAL0009", 11, 11],
        ["GAL0011", 14, 11],
    ]);
    assert_eq!(Value::Array(places), expected);
    assert!(!ran.all().contains("sk-live"), "the secret is shown");
}

#[test]
fn folders_and_characters_of_the_program_are_checked() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["check"]).fine(), "5 characters are fine\n");
    std::fs::create_dir(folder.path().join("characters")).unwrap();
    folder.write("characters/pat.toml", PLAIN);
    assert_eq!(folder.run(&["check"]).fine(), "1 character is fine\n");
    assert_eq!(folder.run(&["check", "characters/pat.toml", "characters"]).fine(), "2 characters are fine\n");
    let missing = folder.run(&["check", "nobody.toml"]);
    assert_eq!(missing.code, Some(1), "{}", missing.all());
    assert!(missing.err.contains("GAL0016") && missing.err.contains("nobody.toml"), "{}", missing.all());
}

#[test]
fn warnings_are_no_errors() {
    let folder = Folder::new();
    folder.write("pat.toml", &format!("{PLAIN}\n[grants.weather]\nnetwork = [\"example.org\"]\n"));
    let ran = folder.run(&["check", "pat.toml"]);
    assert_eq!(ran.fine(), "1 character is fine\n");
    assert!(ran.err.contains("warning[GAL0017]"), "{}", ran.all());
}

#[test]
fn fix_adds_required_plugins_and_keeps_the_rest() {
    let folder = Folder::new();
    let text = format!(
        "{PLAIN}# a remark\n[plugins.weather]\n\n[grants.weather]\n\
         network = [\"api.open-meteo.com\", \"geocoding-api.open-meteo.com\"]\n"
    );
    folder.write("pat.toml", &text);
    assert_eq!(folder.run(&["check", "pat.toml"]).code, Some(1));
    let ran = folder.run(&["check", "--fix", "pat.toml"]);
    assert_eq!(ran.fine(), "1 character is fine\n");
    assert_eq!(folder.read("pat.toml"), format!("{text}\n[plugins.http]\n"));
}
