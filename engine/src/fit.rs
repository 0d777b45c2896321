//! Holds JSON against a JSON Schema: components of entities, the arguments of actions and of tasks.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind, paths::LocationSegment};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// What is wrong with one field of a component or of arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The field, e.g. `likes[0].name`; empty for the whole.
    pub field: String,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.why),
            field => write!(f, "`{field}`: {}", self.why),
        }
    }
}

/// Misfits in one line.
pub(crate) fn listed(misfits: &[Misfit]) -> String {
    misfits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A schema made ready.
#[derive(Debug)]
pub(crate) struct Fit {
    validator: Validator,
    /// The words that a field may be, of those fields that may be nothing but certain words.
    words: BTreeMap<String, Vec<String>>,
}

impl Fit {
    /// Makes a schema ready. The error says why it cannot be used.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft7)
            .should_validate_formats(true)
            .build(schema)
            .map_err(|error| error.to_string())?;
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let words = fields.map(|(field, schema)| (field.clone(), words(schema)));
        Ok(Self { validator, words: words.filter(|(_, words)| !words.is_empty()).collect() })
    }

    /// Everything that is wrong with data.
    pub(crate) fn misfits(&self, data: &Value) -> Vec<Misfit> {
        self.validator.iter_errors(data).flat_map(|error| explain(&error)).collect()
    }

    /// The arguments with words in other capitals put right (`ADMIN` where `admin` is meant), as models write them.
    pub(crate) fn respelled(&self, mut arguments: Map<String, Value>) -> Map<String, Value> {
        for (field, words) in &self.words {
            let Some(Value::String(text)) = arguments.get_mut(field) else { continue };
            if words.contains(text) {
                continue;
            }
            let mut meant = words.iter().filter(|word| word.eq_ignore_ascii_case(text));
            if let (Some(word), None) = (meant.next(), meant.next()) {
                text.clone_from(word);
            }
        }
        arguments
    }
}

/// The words of an `enum`, also where each has a description of its own.
fn words(schema: &Value) -> Vec<String> {
    let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
    let own = list("enum").chain(schema.get("const"));
    let mut all: Vec<String> = own.filter_map(Value::as_str).map(str::to_owned).collect();
    for alternative in ["oneOf", "anyOf", "allOf"].into_iter().flat_map(list) {
        all.extend(words(alternative));
    }
    all
}

fn explain(error: &ValidationError<'_>) -> Vec<Misfit> {
    let place = place_of(error);
    let beside = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|key| Misfit { field: beside(key), why: "there is no such field".to_owned() })
            .collect(),
        Kind::Required { property } => {
            let field = beside(property.as_str().unwrap_or_default());
            vec![Misfit { field, why: "it is missing".to_owned() }]
        }
        _ => vec![Misfit { field: place, why: error.to_string() }],
    }
}

/// The field that an error is about: `likes[0].name`.
fn place_of(error: &ValidationError<'_>) -> String {
    let mut place = String::new();
    for segment in error.instance_path().segments() {
        match segment {
            LocationSegment::Property(key) if place.is_empty() => place.push_str(&key),
            LocationSegment::Property(key) => place = format!("{place}.{key}"),
            LocationSegment::Index(index) => place = format!("{place}[{index}]"),
        }
    }
    place
}
