//! Puts what the validator finds into words and finds its place.

use super::{Checker, name, plugin, value};
use crate::{
    character::walk::{follow, shown},
    diagnostic::{Code, Diagnostic},
};
use jsonschema::{ValidationError, error::ValidationErrorKind as Kind, paths::LocationSegment};
use serde_json::Value;

impl Checker<'_> {
    /// The mistakes that an error of the validator stands for.
    pub(super) fn explain(&self, error: &ValidationError<'_>) -> Vec<Diagnostic> {
        let path = path_of(error);
        match error.kind() {
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                let known = self.keys_beside(error);
                unexpected.iter().map(|key| self.unknown_key(&path, key, &known)).collect()
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.alternatives(&path, error.instance(), context)
            }
            Kind::PropertyNames { error } => self.explain(error),
            Kind::Required { property } => {
                vec![self.missing_key(&path, property.as_str().unwrap_or_default(), self.schema_of(error))]
            }
            Kind::Type { kind } => vec![self.wrong_type(&path, error.instance(), &value::wanted(kind))],
            Kind::Enum { options } => {
                let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
                vec![self.no_option(&path, error.instance(), options)]
            }
            Kind::Constant { expected_value } => {
                vec![self.no_option(&path, error.instance(), std::slice::from_ref(&**expected_value))]
            }
            _ => vec![self.wrong_value(&path, limit(error, self.schema_of(error)))],
        }
    }

    fn unknown_key(&self, path: &[String], key: &str, known: &[&str]) -> Diagnostic {
        let full: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
        let table: Vec<&str> = path.iter().map(String::as_str).collect();
        match table.as_slice() {
            ["plugins"] | ["grants"] => return plugin::unknown(self, &full, key),
            ["models", "provider"] => return plugin::unserved_kind(self, &full, key, known),
            _ => {}
        }
        let place = if path.is_empty() { String::new() } else { format!(" in `{}`", shown(path)) };
        let diagnostic = Diagnostic::error(Code::UnknownKey, format!("unknown key `{key}`{place}"))
            .at(self.key_place(&full), name::suggestion(key, known.iter().copied()));
        let diagnostic = match self.misplaced(path, key) {
            Some(advice) => diagnostic.help(advice),
            None => diagnostic,
        };
        diagnostic.help(name::known(key, known))
    }

    /// A key that would be right elsewhere: one of the character below a table's header, a plugin beside `plugins`.
    fn misplaced(&self, path: &[String], key: &str) -> Option<String> {
        let is_of_character = self.schema.get("properties").is_some_and(|keys| keys.get(key).is_some());
        if path.is_empty() {
            return self
                .registry
                .get(key)
                .map(|_| format!("plugins stand below `plugins`: `[plugins.{key}]`"));
        }
        is_of_character
            .then(|| format!("`{key}` is a key of the character: put it before the first `[table]`"))
    }

    fn missing_key(&self, path: &[String], key: &str, table: &Value) -> Diagnostic {
        let schema = table.get("properties").and_then(|keys| keys.get(key)).unwrap_or(&Value::Null);
        let full: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
        let owner = if path.is_empty() { "the character".to_owned() } else { format!("`{}`", shown(path)) };
        let example = match full.as_slice() {
            [only] if only == "name" => "\"Ada\"".to_owned(),
            _ => value::example(self.schema, schema, &full),
        };
        let line = format!("add `{} = {example}`", shown(&[key]));
        let help = match description(self.schema, schema) {
            Some(text) => format!("{line}\n{text}"),
            None => line,
        };
        Diagnostic::error(Code::MissingKey, format!("{owner} needs `{key}`"))
            .at(self.place(path), format!("`{key}` is missing here"))
            .help(help)
    }

    pub(super) fn wrong_type(&self, path: &[String], found: &Value, wanted: &[String]) -> Diagnostic {
        let label = format!("expected {}, found {}", name::either(wanted), value::found(found));
        let diagnostic = Diagnostic::error(Code::WrongType, format!("wrong type for `{}`", shown(path)))
            .at(self.place(path), label);
        match value::rewritten(found, wanted) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// A value that is none of those allowed.
    pub(super) fn no_option(&self, path: &[String], found: &Value, options: &[Value]) -> Diagnostic {
        let texts: Vec<&str> = options.iter().filter_map(Value::as_str).collect();
        let Some(text) = found.as_str().filter(|_| texts.len() == options.len()) else {
            let wanted: Vec<String> = match options.len() {
                0..=6 => options.iter().map(|option| format!("`{}`", option_text(option))).collect(),
                _ => vec!["text".to_owned()],
            };
            return self.wrong_type(path, found, &wanted);
        };
        let near = name::near(text, texts.iter().copied());
        let written: Vec<String> = texts.iter().map(|option| format!("`{option}`")).collect();
        let label = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if written.len() <= 6 => format!("expected {}", name::either(&written)),
            None => "none of those that are known".to_owned(),
        };
        let diagnostic = Diagnostic::error(Code::WrongValue, format!("wrong value for `{}`", shown(path)))
            .at(self.place(path), label);
        if near.is_none() && written.len() <= 6 {
            diagnostic
        } else {
            diagnostic.help(name::known(text, &texts))
        }
    }

    fn wrong_value(&self, path: &[String], label: String) -> Diagnostic {
        let title = format!("wrong value for `{}`", shown(path));
        Diagnostic::error(Code::WrongValue, title).at(self.place(path), label)
    }

    /// The schema that holds the keyword of an error.
    fn schema_of(&self, error: &ValidationError<'_>) -> &Value {
        let pointer = error.schema_path().as_str();
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        follow(self.schema, self.schema.pointer(parent).unwrap_or(&Value::Null))
    }

    /// The keys that a table may have where it has one that it may not.
    pub(super) fn keys_beside(&self, error: &ValidationError<'_>) -> Vec<&str> {
        let keys = self.schema_of(error).get("properties").and_then(Value::as_object);
        keys.into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }
}

fn option_text(option: &Value) -> String {
    option.as_str().map_or_else(|| value::toml(option), str::to_owned)
}

/// The way to the value that an error is about.
pub(super) fn path_of(error: &ValidationError<'_>) -> Vec<String> {
    let name = |segment: LocationSegment<'_>| match segment {
        LocationSegment::Property(key) => key.into_owned(),
        LocationSegment::Index(index) => index.to_string(),
    };
    error.instance_path().segments().map(name).collect()
}

/// The first paragraph of what a schema says of itself.
fn description<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a str> {
    let text = schema.get("description").or_else(|| follow(root, schema).get("description"))?.as_str()?;
    text.split("\n\n").next().map(str::trim).filter(|text| !text.is_empty())
}

/// What a value must be like, in words.
fn limit(error: &ValidationError<'_>, schema: &Value) -> String {
    match error.kind() {
        Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::ExclusiveMinimum { .. }
        | Kind::ExclusiveMaximum { .. } => range(schema),
        Kind::MinLength { limit: 1 } | Kind::MinItems { limit: 1 } | Kind::MinProperties { limit: 1 } => {
            "may not be empty".to_owned()
        }
        Kind::MinLength { limit } => format!("expected at least {limit} characters"),
        Kind::MaxLength { limit } => format!("expected at most {limit} characters"),
        Kind::MinItems { limit } => format!("expected at least {limit} values"),
        Kind::MaxItems { limit } => format!("expected at most {limit} values"),
        Kind::AdditionalItems { limit } => format!("expected at most {limit} values"),
        Kind::MinProperties { limit } => format!("expected at least {limit} keys"),
        Kind::MaxProperties { limit: 1 } => {
            "expected one key; put every other one into a table of its own".to_owned()
        }
        Kind::MaxProperties { limit } => format!("expected at most {limit} keys"),
        Kind::MultipleOf { multiple_of } => format!("expected a multiple of {multiple_of}"),
        Kind::UniqueItems => "expected values that differ; one stands here twice".to_owned(),
        Kind::Contains => "expected a list with a value of another kind in it".to_owned(),
        Kind::Pattern { pattern } if pattern.ends_with("(ms|s|m|h)$") => {
            "expected a number and a unit, ms, s, m or h, such as `90s`".to_owned()
        }
        Kind::Pattern { pattern } => {
            match schema.get("examples").and_then(|e| e.get(0)).and_then(Value::as_str) {
                Some(example) => format!("expected text such as `{example}`"),
                None => format!("expected text that fits the pattern `{pattern}`"),
            }
        }
        Kind::Format { format } => match format.as_str() {
            "semver-range" => "expected a range of versions, such as `^1.2`".to_owned(),
            "uuid" => "expected a UUID, such as `67e55044-10b1-426f-9247-bb680e5fe0c8`".to_owned(),
            "uri" => "expected a URL, such as `https://example.com`".to_owned(),
            "date-time" => "expected a point in time, such as `2026-01-31T12:00:00Z`".to_owned(),
            "email" => "expected an e-mail address".to_owned(),
            other => format!("expected a value of the format `{other}`"),
        },
        Kind::OneOfMultipleValid { .. } => "fits several alternatives at once; say more".to_owned(),
        Kind::FalseSchema | Kind::Not { .. } => "not allowed here".to_owned(),
        Kind::Custom { message, .. } => message.clone(),
        // The rest are keywords that schemars does not generate; the value itself stays out of the text.
        _ => error.masked_with("the value").to_string(),
    }
}

/// The numbers that a schema allows: `expected 1 to 1440`.
fn range(schema: &Value) -> String {
    let bound = |keyword: &str| schema.get(keyword).map(value::toml);
    match (bound("minimum"), bound("maximum"), bound("exclusiveMinimum"), bound("exclusiveMaximum")) {
        (Some(low), Some(high), None, None)
            if high == u32::MAX.to_string() || high == i64::MAX.to_string() =>
        {
            format!("expected {low} or more, but no more than {high}")
        }
        (Some(low), Some(high), None, None) => format!("expected {low} to {high}"),
        (low, high, above, below) => {
            let bounds = [("at least", low), ("at most", high), ("more than", above), ("less than", below)];
            let words: Vec<String> =
                bounds.into_iter().filter_map(|(w, b)| Some(format!("{w} {}", b?))).collect();
            format!("expected {}", words.join(" and "))
        }
    }
}
