//! Every mistake that a character file can have, and what is said of it.
//!
//! One file a case in `fixtures/check`, beside it the report as plain text. `INSTA_UPDATE=always` rewrites the reports.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "check/plugins.rs"]
mod plugins;

use galatea::{
    character::{Document, character_schema, check, read_character},
    diagnostic::{Code, Report, Source, render_all, to_json},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

fn report(name: &str, text: &str) -> Report {
    let source = Source { path: name.to_owned(), text: text.into() };
    let (document, mut diagnostics) = Document::parse(source.clone());
    diagnostics.extend(check(&plugins::registry(), &document));
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.start));
    Report { source, diagnostics }
}

fn codes(text: &str) -> Vec<Code> {
    report("x.toml", text).diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn every_mistake_is_reported_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(files.len() >= 30, "{} fixtures", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("fixtures/check");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut failed = Vec::new();
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let report = report(&format!("{name}.toml"), &fs::read_to_string(&path).unwrap());
        let drawn = render_all(std::slice::from_ref(&report), false);
        let json = to_json(&[report]).to_string();
        assert!(!drawn.contains("hush") && !json.contains("hush"), "{name} shows a secret:\n{drawn}");
        let compared =
            settings.bind(|| std::panic::catch_unwind(|| insta::assert_snapshot!(name.as_str(), drawn)));
        failed.extend(compared.err().map(|_| name));
    }
    assert!(failed.is_empty(), "other reports than recorded: {failed:?}");
}

#[test]
fn eight_mistakes_of_one_file_are_found_in_one_run() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/check/eight.toml"))
            .unwrap();
    let codes: BTreeSet<Code> = codes(&text).into_iter().collect();
    assert_eq!(codes.len(), 8, "{codes:?}");
}

#[test]
fn the_examples_of_explanations_are_what_they_say() {
    for code in Code::ALL {
        let (wrong, right) = (example(code, "```toml wrong\n"), example(code, "```toml right\n"));
        assert_eq!(wrong.is_some(), right.is_some(), "{code}");
        if let (Some(wrong), Some(right)) = (wrong, right) {
            assert!(codes(wrong).contains(&code), "{code} is not found in its own example");
            assert_eq!(codes(right), [], "{code}: what is called right is not");
        }
    }
    let found_here = Code::ALL.into_iter().filter(|code| example(*code, "```toml wrong\n").is_some()).count();
    assert!(found_here >= 9, "{found_here}");
}

fn example(code: Code, opening: &str) -> Option<&'static str> {
    let (_, rest) = code.explanation().split_once(opening)?;
    rest.split_once("```").map(|(example, _)| example)
}

#[test]
fn a_file_without_mistakes_is_a_character() {
    let (document, diagnostics) = Document::parse(Source { path: "x.toml".to_owned(), text: GOOD.into() });
    assert_eq!(diagnostics, []);
    let found = check(&plugins::registry(), &document);
    assert_eq!(
        found,
        [],
        "{}",
        render_all(&[Report { source: document.source.clone(), diagnostics: found.clone() }], false)
    );
    let character = read_character(&document).unwrap();
    assert_eq!(character.limits.turn_timeout.as_secs(), 90);
    assert_eq!(character.plugins.len(), 4);
    assert_eq!(serde_json::to_value(&character.secrets).unwrap(), json!({ "db": { "file": "/run/db" } }));
}

const GOOD: &str = r#"#:schema ./character.schema.json

name = "Ada"
id = "67e55044-10b1-426f-9247-bb680e5fe0c8"
bio = "One line."
style.all = ["short sentences"]
message-examples = [[{ name = "{{user1}}", text = "hi" }, { name = "Ada", text = "hello", mood = "glad" }]]
knowledge = ["a text", { path = "a.md", shared = true }, { directory = "docs" }]

[templates]
reply = "…"

[secrets]
db = { file = "/run/db" }

[settings]
anything = { goes = [1, 2] }

[plugins.weather]
enabled = { env = "WEATHER_API_KEY" }
version = "^1"
api-key = { command = ["pass", "show", "weather"] }
units = "imperial"
cache.minutes = 5
places = [{ name = "Oslo", latitude = 59.9 }, { name = "Pole", latitude = 90 }]

[plugins.telegram]
mode = { kind = "webhook", url = "https://example.com" }
[[plugins.telegram.chats]]
id = 1

[plugins.offline]
fallback = ["text-large", "text-small"]
enabled = false

[plugins.cloud]

[grants.weather]
network = ["api.weather.example"]

[models]
provider.text-large = "cloud"
parameters.temperature = 1
by-kind.text-small.max-tokens = 10

[respond]
always-in = ["group", "self"]

[limits]
turn-timeout = "90s"
"#;

#[test]
fn half_a_file_and_a_file_with_rubbish_are_reported_too() {
    let pieces = [
        "\"",
        "[",
        "]]",
        "=",
        "{",
        "'''",
        ".",
        "\n",
        "\r",
        "\t",
        "ü",
        "\0",
        "\n[plugins.weather]\n",
        "nan",
        "-",
        "#",
    ];
    let places = GOOD.char_indices().map(|(offset, _)| offset).step_by(17);
    let prefixes = places.clone().map(|offset| GOOD[..offset].to_owned());
    let spoilt = places.zip(pieces.into_iter().cycle()).map(|(offset, piece)| {
        let (before, after) = GOOD.split_at(offset);
        format!("{before}{piece}{after}")
    });
    for text in prefixes.chain(spoilt) {
        let report = report("x.toml", &text);
        let drawn = render_all(std::slice::from_ref(&report), true);
        assert_eq!(drawn.is_empty(), report.diagnostics.is_empty(), "{text}");
        assert_eq!(
            to_json(std::slice::from_ref(&report)).as_array().unwrap().len(),
            report.diagnostics.len()
        );
    }
}

#[test]
fn what_the_schema_lets_through_but_is_no_character_is_said() {
    let source = Source {
        path: "x.toml".to_owned(),
        text: "name = 'A'\n[limits]\nturn-timeout = '99999999999999999999h'".into(),
    };
    let (document, _) = Document::parse(source);
    assert_eq!(check(&plugins::registry(), &document), []);
    let error = read_character(&document).unwrap_err();
    assert_eq!(error.code, Code::WrongValue);
    assert!(error.title.contains("too long") && error.span.is_some(), "{error:?}");
}

#[test]
fn the_schema_is_fit_for_toml_editors() {
    let schema = character_schema(&plugins::registry());
    assert_eq!(schema, character_schema(&plugins::registry()));
    assert_eq!(schema.to_string(), character_schema(&plugins::registry()).to_string());
    assert_no_null(&schema, "");
    assert!(jsonschema::draft7::meta::is_valid(&schema));
    let definitions = schema["definitions"].as_object().unwrap();
    for reference in references(&schema) {
        let name = reference.strip_prefix("#/definitions/").unwrap();
        assert!(definitions.contains_key(name), "{reference} leads nowhere");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("fixtures/check");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
        .bind(|| insta::assert_snapshot!("character-schema", serde_json::to_string_pretty(&schema).unwrap()));
}

fn assert_no_null(schema: &Value, place: &str) {
    match schema {
        Value::Null => panic!("null at {place}"),
        Value::String(text) => assert!(text != "null", "null at {place}"),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, v)| assert_no_null(v, &format!("{place}/{i}")))
        }
        Value::Object(object) => {
            object.iter().for_each(|(key, v)| assert_no_null(v, &format!("{place}/{key}")))
        }
        _ => {}
    }
}

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        _ => Vec::new(),
    }
}
