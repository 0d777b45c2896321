//! What evaluators thought, over time.

use super::support::{Folder, PLAIN};
use serde_json::Value;

/// A character that looks back at what is said, and remembers.
fn reflecting() -> String {
    format!("{PLAIN}\n[plugins.bootstrap]\n\n[plugins.sql]\nurl = \"sqlite://pat.db\"\n")
}

#[test]
fn scores_are_shown_as_a_table_with_bars_and_as_json() {
    let folder = Folder::new();
    folder.write("pat.toml", &reflecting());
    let none = folder.run(&["scores", "pat.toml"]);
    assert_eq!((none.fine(), none.err.as_str()), ("", "no scores in the last 7d\n"));
    for text in ["My name is Sam and I live in Oslo", "My sister Emma is a nurse"] {
        folder.run(&["chat", "pat.toml", "--as", "Sam", "--say", text]).fine();
    }

    let ran = folder.run(&["scores", "pat.toml", "--since", "2h", "--bucket", "1h"]);
    let lines: Vec<&str> = ran.fine().lines().collect();
    let [head, numbers, bars, legend] = lines.as_slice() else { panic!("{}", ran.all()) };
    assert_eq!(*head, "EVALUATOR   SCORES   MEAN    MIN    MAX  PASSED");
    assert!(
        numbers.starts_with("REFLECTION       2   ") && numbers.ends_with("   1.00   100 %"),
        "{numbers}"
    );
    let bar = bars.strip_prefix("  ·").and_then(|bar| bar.chars().next());
    assert!(bar.is_some_and(|bar| "▁▂▃▄▅▆▇█".contains(bar)), "{bars}");
    assert_eq!(*legend, "the last 2h, 1h a bar, newest right; the mean from 0 ▁ to 1 █");
    assert!(!ran.out.contains('\u{1b}') && ran.err.is_empty(), "{}", ran.all());

    let json = folder.run(&["scores", "pat.toml", "--evaluator", "reflection", "--bucket", "1d", "--json"]);
    let json: Value = serde_json::from_str(json.fine()).unwrap();
    assert_eq!(json.as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(
        (&json[0]["evaluator"], &json[0]["count"], &json[0]["pass-rate"]),
        (&"REFLECTION".into(), &2.into(), &1.0.into())
    );
    assert_eq!((&json[0]["bucket-seconds"], &json[0]["buckets"][0]["count"]), (&86_400.0.into(), &2.into()));
}

#[test]
fn what_cannot_be_shown_is_explained() {
    let folder = Folder::new();
    folder.write("pat.toml", &reflecting());
    folder.write("forgetful.toml", PLAIN);
    folder.run(&["chat", "pat.toml", "--as", "Sam", "--say", "I live in Oslo"]).fine();
    for (args, code, told) in [
        (&["scores", "forgetful.toml"][..], 1, "help: add one to the character: `[plugins.sql]`"),
        (&["scores", "pat.toml", "--evaluator", "REFLEXION"], 1, "help: did you mean `REFLECTION`?"),
        (&["scores", "pat.toml", "--bucket", "1s"], 1, "7d in steps of 1s are too many bars"),
        (&["scores", "pat.toml", "--since", "soon"], 2, "`soon` is not a time"),
        (&["scores", "patt"], 1, "there is no character `patt`"),
    ] {
        let ran = folder.run(args);
        assert_eq!(ran.code, Some(code), "{args:?} {}", ran.all());
        assert!(ran.out.is_empty() && ran.err.contains(told), "{args:?} {}", ran.all());
    }
}
