//! The tests that plugins ship.

use super::support::Folder;
use serde_json::Value;

#[test]
fn every_plugin_passes_its_own_tests() {
    let folder = Folder::new();
    let ran = folder.run(&["test"]);
    let out = ran.fine();
    for test in ["bootstrap::mutes_and_unmutes_rooms", "weather::tells_the_weather"] {
        assert!(out.lines().any(|line| line.starts_with(&format!("test {test} ... ok ("))), "{}", ran.all());
    }
    assert!(out.starts_with("running ") && out.contains("\ntest result: ok. "), "{out}");
    assert!(out.contains("; 0 failed; finished in "), "{out}");
}

#[test]
fn tests_are_chosen_and_listed() {
    let folder = Folder::new();
    let one = folder.run(&["test", "weather", "--jobs", "1"]);
    assert!(one.fine().starts_with("running 1 test\n"), "{}", one.all());
    let none = folder.run(&["test", "weather", "--filter", "bootstrap::"]);
    assert!(none.fine().contains("0 passed; 0 failed"), "{}", none.all());
    insta::assert_snapshot!(folder.run(&["test", "bootstrap", "weather", "--list"]).fine());
    let unknown = folder.run(&["test", "wether"]);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains("did you mean `weather`?"), "{}", unknown.all());
}

#[test]
fn json_tells_every_test() {
    let folder = Folder::new();
    let told: Value = serde_json::from_str(folder.run(&["test", "weather", "--json"]).fine()).unwrap();
    assert_eq!((&told["passed"], &told["failed"]), (&1.into(), &0.into()));
    let test = &told["tests"][0];
    assert_eq!(
        (&test["plugin"], &test["name"], &test["outcome"]),
        (&"weather".into(), &"tells_the_weather".into(), &"passed".into())
    );
    assert!(test["micros"].is_u64());
}
