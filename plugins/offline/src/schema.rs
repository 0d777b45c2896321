//! The fields of a JSON Schema object: what kind of value each takes and what to ask when it is missing.

use crate::words::{capitalised, listed, tokens};
use serde_json::{Map, Value};

/// What a field holds, as far as its name, description and type tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of the options.
    Choice,
    /// Yes or no.
    Flag,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A list.
    List,
    /// An object.
    Object,
    /// Words of the user's own: a message, a question.
    FreeText,
    /// A place.
    Place,
    /// Somebody.
    Person,
    /// A day or a time, left as text.
    Date,
    /// A short title or name.
    Title,
    /// The name of a setting.
    Key,
    /// What a setting becomes.
    Setting,
    /// A link.
    Url,
    /// Any other text.
    Text,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// Its key.
    pub(crate) name: String,
    /// Its key in words, e.g. `start date`.
    pub(crate) label: String,
    /// Its description; empty without one.
    pub(crate) description: String,
    /// What it holds.
    pub(crate) kind: Kind,
    /// What it may be, where that is limited.
    pub(crate) options: Vec<Value>,
    /// Its schema, references followed.
    pub(crate) schema: Value,
    /// The object must have it.
    pub(crate) required: bool,
}

/// The fields of an object schema, in the schema's order.
pub(crate) fn fields(root: &Value) -> Vec<Field> {
    fields_of(root, root)
}

/// The fields of `object`, whose references lead into `root`.
pub(crate) fn fields_of(object: &Value, root: &Value) -> Vec<Field> {
    let object = resolved(object, root, 0);
    let required: Vec<&str> = array(&object, "required").iter().filter_map(Value::as_str).collect();
    let Some(properties) = object.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, schema)| field(name, &resolved(schema, root, 0), required.contains(&name.as_str())))
        .collect()
}

fn field(name: &str, schema: &Value, required: bool) -> Field {
    let label = spoken(name);
    let description = schema.get("description").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let options = options(schema);
    let kind = kind(schema, &label, &description, &options);
    Field { name: name.to_owned(), label, description, kind, options, schema: schema.clone(), required }
}

/// A schema with its reference followed, and without the alternative `null`.
fn resolved(schema: &Value, root: &Value, depth: u8) -> Value {
    if depth > 8 {
        return Value::Object(Map::new());
    }
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    let inner = target.and_then(|path| root.pointer(path)).or_else(|| {
        ["anyOf", "oneOf", "allOf"].iter().find_map(|key| match schema.get(*key)?.as_array()?.as_slice() {
            [only] => Some(only),
            [first, second] if is_null(second) => Some(first),
            [first, second] if is_null(first) => Some(second),
            _ => None,
        })
    });
    let Some(inner) = inner else { return schema.clone() };
    let mut inner = resolved(inner, root, depth + 1);
    // What stands beside the reference describes this use of it.
    for key in ["description", "default"] {
        if let (Some(own), Some(target)) = (schema.get(key), inner.as_object_mut()) {
            target.insert(key.to_owned(), own.clone());
        }
    }
    inner
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn array<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn options(schema: &Value) -> Vec<Value> {
    if let Some(only) = schema.get("const") {
        return vec![only.clone()];
    }
    let mut found: Vec<Value> = array(schema, "enum").to_vec();
    for part in array(schema, "oneOf").iter().chain(array(schema, "anyOf")) {
        found.extend(part.get("const").cloned());
        found.extend(array(part, "enum").iter().cloned());
    }
    found.retain(|option| !option.is_null());
    found
}

/// The first type of the schema that is not `null`; `string` where it does not say.
pub(crate) fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(name)) => name,
        Some(Value::Array(names)) => {
            names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "string",
    }
}

fn kind(schema: &Value, label: &str, description: &str, options: &[Value]) -> Kind {
    if !options.is_empty() {
        return Kind::Choice;
    }
    match type_of(schema) {
        "boolean" => return Kind::Flag,
        "integer" => return Kind::Integer,
        "number" => return Kind::Number,
        "array" => return Kind::List,
        "object" => return Kind::Object,
        _ => {}
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("date" | "date-time" | "time") => return Kind::Date,
        Some("uri" | "url") => return Kind::Url,
        _ => {}
    }
    kind_of_words(label).or_else(|| kind_of_words(description)).unwrap_or(Kind::Text)
}

/// The kind that these words name: the last word that names one, as in `name of the city` and `start date`.
fn kind_of_words(words: &str) -> Option<Kind> {
    const NAMES: &[(Kind, &[&str])] = &[
        (
            Kind::FreeText,
            &[
                "text", "message", "query", "content", "question", "body", "prompt", "input", "note",
                "comment", "reason", "reply", "task", "thought",
            ],
        ),
        (
            Kind::Place,
            &[
                "place",
                "city",
                "location",
                "town",
                "country",
                "where",
                "address",
                "region",
                "destination",
                "origin",
            ],
        ),
        (
            Kind::Person,
            &[
                "person",
                "user",
                "entity",
                "target",
                "recipient",
                "who",
                "assignee",
                "username",
                "contact",
                "member",
                "to",
                "player",
                "receiver",
            ],
        ),
        (Kind::Date, &["date", "day", "time", "when", "deadline", "until", "due"]),
        (Kind::Title, &["title", "subject", "name", "topic"]),
        (Kind::Key, &["key", "setting"]),
        (Kind::Setting, &["value"]),
        (Kind::Url, &["url", "link", "uri"]),
    ];
    let words = tokens(words);
    words.iter().find_map(|word| {
        NAMES.iter().find(|(_, names)| word.is(names)).map(|(kind, _)| *kind).filter(|kind| {
            // In a sentence `to` is a preposition; as a field it is a recipient.
            *kind != Kind::Person || word.lower != "to" || words.len() == 1
        })
    })
}

/// A key in words: `start_date`, `startDate` and `START-DATE` are `start date`.
pub(crate) fn spoken(key: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in key.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        words.push(if letter == '_' || letter == '-' { ' ' } else { letter });
        before = letter;
    }
    words.trim().to_lowercase()
}

impl Field {
    /// Asks the user for the value.
    pub(crate) fn question(&self) -> String {
        let label = &self.label;
        let question = match self.kind {
            Kind::Choice => {
                let options: Vec<String> = self.options.iter().map(written).collect();
                format!("Which {label}: {}?", listed(&options, "or"))
            }
            Kind::Flag => format!("{}: yes or no?", capitalised(label)),
            Kind::Integer | Kind::Number if label.ends_with('s') => format!("How many {label}?"),
            Kind::FreeText => format!("What should the {label} be?"),
            Kind::Title | Kind::Setting => format!("What is the {label}?"),
            Kind::Person if label != "user" => format!("Who is the {label}?"),
            _ => format!("Which {label}?"),
        };
        let description = self.description.trim_end_matches('.');
        if description.is_empty() || description.eq_ignore_ascii_case(label) || self.kind == Kind::Choice {
            question
        } else {
            format!("{question} ({description})")
        }
    }
}

/// A value as a person writes it.
pub(crate) fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
