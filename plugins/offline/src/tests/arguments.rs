//! Schemas of many shapes, filled from texts.

use crate::{arguments::fill, best_effort::best_effort, heard::Heard};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Properties, required ones, the text, the arguments wanted and the questions wanted.
type Row = (Value, &'static [&'static str], &'static str, Value, &'static [&'static str]);

fn filled(properties: Value, required: &[&str], text: &str) -> (Value, Vec<String>) {
    let schema = json!({
        "type": "object", "properties": properties, "required": required,
        "$defs": {"Level": {"oneOf": [{"const": "low"}, {"const": "very-high", "description": "Most."}]}}
    });
    let found = fill(&schema, &[], &mut Heard::new(text, "Sam", "Ada", BTreeSet::new()));
    (Value::Object(found.arguments), found.missing.iter().map(crate::schema::Field::question).collect())
}

#[test]
fn schemas_are_filled() {
    let rows: &[Row] = &[
        (
            json!({"level": {"$ref": "#/$defs/Level"}}),
            &["level"],
            "set it very high",
            json!({"level": "very-high"}),
            &[],
        ),
        (
            json!({"level": {"anyOf": [{"$ref": "#/$defs/Level"}, {"type": "null"}]}}),
            &["level"],
            "low please",
            json!({"level": "low"}),
            &[],
        ),
        (
            json!({"level": {"$ref": "#/$defs/Level"}}),
            &["level"],
            "medium",
            json!({}),
            &["Which level: low or very-high?"],
        ),
        (
            json!({"days": {"type": "integer"}, "people": {"type": "integer"}}),
            &["days", "people"],
            "4 people for five days",
            json!({"days": 5, "people": 4}),
            &[],
        ),
        (json!({"ratio": {"type": "number"}}), &["ratio"], "make it 0.5", json!({"ratio": 0.5}), &[]),
        (json!({"days": {"type": "integer"}}), &["days"], "soon", json!({}), &["How many days?"]),
        (json!({"loud": {"type": "boolean"}}), &[], "not so loud", json!({"loud": false}), &[]),
        (json!({"loud": {"type": "boolean"}}), &[], "make it so", json!({}), &[]),
        (
            json!({"enabled": {"type": "boolean"}}),
            &["enabled"],
            "turn it off",
            json!({"enabled": false}),
            &[],
        ),
        (
            json!({"date": {"type": "string", "format": "date"}}),
            &["date"],
            "see you next Friday",
            json!({"date": "next Friday"}),
            &[],
        ),
        (
            json!({"url": {"type": "string", "format": "uri"}}),
            &["url"],
            "read https://example.com/a?b=1.",
            json!({"url": "https://example.com/a?b=1"}),
            &[],
        ),
        (
            json!({"recipient": {"type": "string"}}),
            &["recipient"],
            "write to Mary Ann",
            json!({"recipient": "Mary Ann"}),
            &[],
        ),
        (
            json!({"recipient": {"type": "string"}}),
            &["recipient"],
            "send it to me",
            json!({"recipient": "Sam"}),
            &[],
        ),
        (
            json!({"username": {"type": "string"}}),
            &["username"],
            "kick @troll42 out",
            json!({"username": "troll42"}),
            &[],
        ),
        (
            json!({"text": {"type": "string"}}),
            &["text"],
            "write: see you at nine",
            json!({"text": "see you at nine"}),
            &[],
        ),
        (
            json!({"text": {"type": "string"}, "city": {"type": ["string", "null"]}}),
            &["text"],
            "post \"in bloom\" in Kyoto",
            json!({"text": "in bloom", "city": "Kyoto"}),
            &[],
        ),
        (json!({"note": {"type": "string"}}), &[], "whatever it is", json!({}), &[]),
        (
            json!({"key": {"type": "string"}, "value": {"type": "string"}}),
            &["key", "value"],
            "turn notifications off",
            json!({"key": "notifications", "value": "off"}),
            &[],
        ),
        (
            json!({"key": {"type": "string"}, "value": {"type": "string"}}),
            &["key", "value"],
            "please enable dark mode",
            json!({"key": "dark mode", "value": "on"}),
            &[],
        ),
        (
            json!({"title": {"type": "string"}}),
            &["title"],
            "with the title Broken door, soon",
            json!({"title": "Broken door"}),
            &[],
        ),
        (json!({"units": {"type": "string", "default": "metric"}}), &["units"], "anything", json!({}), &[]),
        (
            json!({"order": {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer"}}}}),
            &["order"],
            "two of them",
            json!({"order": {"count": 2}}),
            &[],
        ),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .map(|(properties, required, text, wanted, questions)| {
            (text, wanted, questions, filled(properties.clone(), required, text))
        })
        .filter(|(_, wanted, questions, (found, asked))| found != *wanted || asked != *questions)
        .map(|(text, wanted, questions, found)| {
            format!("{text}\n  wanted {wanted} {questions:?}\n  got    {} {:?}", found.0, found.1)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_best_effort_has_the_right_shape() {
    let schema = json!({"type": "object", "required": ["thought", "steps", "level", "inner", "sure"], "properties": {
        "thought": {"type": "string"}, "steps": {"type": "array", "items": {"type": "string"}}, "level": {"enum": ["a-level", "b-level"]},
        "inner": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}}, "sure": {"type": "boolean"}
    }});
    let value = best_effort(&schema, &mut Heard::new("", "Sam", "Ada", BTreeSet::new()));
    assert_eq!(
        value,
        json!({"thought": "", "steps": [], "level": "a-level", "inner": {"n": 1}, "sure": false})
    );
}
