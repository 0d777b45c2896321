//! The recorded outputs of elizaOS 1.7.2 (`tests/golden/*.json`) against `galatea::text`.
//!
//! Every test is named by its key in the file. Rows where we differ on purpose are in a list
//! `FIX` with the reason; a row in it that no longer differs fails too.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use galatea::text::answer::{StreamReader, key_values, read_json_object};
use galatea::text::bm25::Bm25;
use galatea::text::id::{stable_id, stable_id_for};
use galatea::text::name::{NameMatch, match_name, plugin_name};
use galatea::text::sentence::{is_true, truncate_to_sentence};
use galatea::text::template::{Template, add_header};
use serde_json::{Value, json};

/// The agent the ids were recorded with: the one whose name is Eliza.
const AGENT: &str = "b850bc30-45f8-0041-a00a-83df46d8555d";

/// A row where we differ: its input, our output, the reason.
type Fix = (&'static str, &'static str, &'static str);

fn golden(file: &str, key: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let mut all: Value = serde_json::from_str(&text).unwrap();
    all[key].take()
}

fn pure(key: &str) -> Vec<Value> {
    golden("core-pure.json", key).as_array().unwrap().clone()
}

/// Compares one row, heeding the list of those where we differ.
fn check(fixes: &[Fix], input: &str, ours: &Value, theirs: &Value) {
    match fixes.iter().find(|(known, _, _)| *known == input) {
        Some((_, fixed, reason)) => {
            let fixed: Value = serde_json::from_str(fixed).unwrap();
            assert_eq!(*ours, fixed, "{input} ({reason})");
            assert_ne!(ours, theirs, "{input} no longer differs; remove it from the list");
        }
        None => assert_eq!(ours, theirs, "{input}"),
    }
}

#[test]
fn string_to_uuid() {
    const FIX: &[Fix] = &[(
        "B850BC30-45F8-0041-A00A-83DF46D8555D",
        "\"b850bc30-45f8-0041-a00a-83df46d8555d\"",
        "an id has one spelling",
    )];
    for row in pure("stringToUuid") {
        // The number 12345 is text to JavaScript.
        let input = row[0].as_str().map_or_else(|| row[0].to_string(), str::to_owned);
        check(FIX, &input, &json!(stable_id(&input)), &row[1]);
    }
}

#[test]
fn create_unique_uuid() {
    for row in pure("createUniqueUuid") {
        let input = row[0].as_str().unwrap();
        let id = stable_id_for(AGENT.parse().unwrap(), input);
        check(&[], input, &json!(id), &row[1]);
    }
}

#[test]
fn parse_key_value_xml() {
    for row in pure("parseKeyValueXml") {
        let input = row[0].as_str().unwrap();
        check(&[], input, &json!(key_values(input)), &row[1]);
    }
}

#[test]
fn parse_json() {
    const TYPES: &str = "types are kept";
    const FIX: &[Fix] = &[
        (
            "Here:\n```json\n{\"key\": \"value\", \"number\": 42}\n```",
            r#"{"key": "value", "number": 42}"#,
            TYPES,
        ),
        ("{\"a\": true, \"b\": null}", r#"{"a": true, "b": null}"#, TYPES),
        ("{\"k\": 'v'}", r#"{"k": "v"}"#, "the quotes are not part of the text"),
    ];
    for row in pure("parseJSON") {
        let input = row[0].as_str().unwrap();
        check(FIX, input, &json!(read_json_object(input)), &row[1]);
    }
}

#[test]
fn bool() {
    for row in pure("bool") {
        let input = row[0].as_str().unwrap();
        check(&[], input, &json!(is_true(input)), &row[1]);
    }
}

#[test]
fn trunc() {
    for row in pure("trunc") {
        let input = row[0].as_str().unwrap();
        let limit = usize::try_from(row[1].as_u64().unwrap()).unwrap();
        check(&[], input, &json!(truncate_to_sentence(input, limit)), &row[2]);
    }
}

#[test]
fn add_header_() {
    for row in pure("addHeader") {
        let (header, body) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
        check(&[], header, &json!(add_header(header, body)), &row[2]);
    }
}

#[test]
fn compose_prompt() {
    const FIX: &[Fix] = &[("\\{{esc}}", "\"{{esc}}\"", "an escaped tag prints as written")];
    for row in pure("composePrompt") {
        let source = row[0].as_str().unwrap();
        let prompt = Template::compile(source).unwrap().render(&row[1]).unwrap();
        check(FIX, source, &json!(prompt), &row[2]["ok"]);
    }
}

#[test]
fn compose_prompt_from_state() {
    const FIX: &[Fix] = &[(
        "{{providers}}|{{name1}}|",
        "\"P{{name1}}x||\"",
        "values are not searched for names to make up; who wants them puts them in",
    )];
    for row in pure("composePromptFromState") {
        let top = row[0].as_object().unwrap();
        let source = row[1].as_str().unwrap();
        let template = Template::compile(source).unwrap();
        let prompt = template.render_state(top["values"].as_object().unwrap(), top).unwrap();
        check(FIX, source, &json!(prompt), &row[2]["ok"]);
    }
}

#[test]
fn normalize_plugin_name() {
    for row in pure("normalizePluginName") {
        let input = row[0].as_str().unwrap();
        check(&[], input, &json!(plugin_name(input)), &row[1]);
    }
}

#[test]
fn action_matching() {
    const FIX: &[Fix] = &[
        ("send message", r#"["SEND_MESSAGE"]"#, "a blank is a joint like `_`"),
        ("HELLO_WORLD", r#"["BAR"]"#, "the whole simile, not its beginning"),
        ("CARGO", "[]", "no name inside of another"),
        ("SEND", r#"["FOO"]"#, "the simile, not the beginning of a name"),
    ];
    for row in golden("core-runtime.json", "actionMatching").as_array().unwrap() {
        let registered: Vec<(String, Vec<String>)> =
            serde_json::from_value(row["registered"].clone()).unwrap();
        let candidates = registered.iter().map(|(name, similes)| (name.as_str(), similes.as_slice()));
        let requested = row["requested"].as_str().unwrap();
        let hit: Vec<&str> = match match_name(requested, candidates) {
            NameMatch::None { .. } => Vec::new(),
            found => vec![registered[found.index().unwrap()].0.as_str()],
        };
        check(FIX, requested, &json!(hit), &row["hit"]);
    }
}

/// Only queries and scores were recorded, not the texts. These are made to fit: the scores say
/// that there were 6 texts, which words each has, how often, and its length relative to the
/// average (1.5, 0.75, 1.125, and 0.75 for the last).
#[test]
fn bm25() {
    let index = Bm25::new([
        "quick brown fox jumps over one lazy dog",
        "quick brown fox runs",
        "lazy cats sleep all day long",
        "something else entirely different here",
        "another text about unrelated things",
        "fox fox fox den",
    ]);
    for row in golden("core-runtime.json", "bm25").as_array().unwrap() {
        let query = row[0].as_str().unwrap();
        let hits = index.search(query, 10);
        let theirs: Vec<(usize, f64)> = serde_json::from_value(row[1].clone()).unwrap();
        let order: Vec<_> = hits.iter().map(|hit| hit.index).collect();
        assert_eq!(order, theirs.iter().map(|(index, _)| *index).collect::<Vec<_>>(), "{query}");
        for (hit, (_, score)) in hits.iter().zip(theirs) {
            assert!((hit.score - score).abs() < 1e-3, "{query}: {hit:?}, recorded {score}");
        }
    }
}

#[test]
fn streaming() {
    for (name, case) in golden("core-runtime.json", "streaming").as_object().unwrap() {
        let mut reader = StreamReader::new();
        let chunks = case["chunks"].as_array().unwrap();
        let mut joined: String = chunks.iter().map(|chunk| reader.push(chunk.as_str().unwrap())).collect();
        joined.push_str(&reader.finish());
        check(&[], name, &json!(joined), &case["joined"]);
    }
}
