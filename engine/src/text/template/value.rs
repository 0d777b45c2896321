//! Values as JavaScript prints them, and JSON objects that keep the order of their fields.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ValueKind};
use minijinja::{Error, Output, State, Value};
use serde_json::Value as Json;

/// A JSON object. Small, and read a few times a render: a list is as fast as a map and keeps order.
#[derive(Debug)]
struct Fields(Vec<(Value, Value)>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.0.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(name, _)| name.clone()).collect())
    }
}

/// An object of these fields, in this order.
pub(super) fn object<'a>(fields: impl Iterator<Item = (&'a String, &'a Json)>) -> Value {
    Value::from_object(Fields(
        fields.map(|(name, value)| (Value::from(name.as_str()), from_json(value))).collect(),
    ))
}

/// The template value of a JSON value.
pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Array(items) => Value::from(items.iter().map(from_json).collect::<Vec<_>>()),
        Json::Object(fields) => object(fields.iter()),
        Json::String(text) => Value::from(text.as_str()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(integer), _, _) => Value::from(integer),
            (_, Some(integer), _) => Value::from(integer),
            (_, _, float) => Value::from(float.unwrap_or(f64::NAN)),
        },
        Json::Null => Value::from(()),
    }
}

/// The formatter of all templates: prints a value as JavaScript's `String(value)` would,
/// but nothing for what is missing or null.
pub(super) fn format(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    Ok(out.write_str(&as_text(value))?)
}

fn as_text(value: &Value) -> String {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => String::new(),
        ValueKind::Bool => if value.is_true() { "true" } else { "false" }.to_owned(),
        ValueKind::Number => number(value),
        ValueKind::Seq | ValueKind::Iterable => match value.try_iter() {
            Ok(items) => items.map(|item| as_text(&item)).collect::<Vec<_>>().join(","),
            Err(_) => String::new(),
        },
        ValueKind::Map => "[object Object]".to_owned(),
        _ => value.to_string(),
    }
}

fn number(value: &Value) -> String {
    let Ok(float) = f64::try_from(value.clone()) else {
        return value.to_string();
    };
    if value.is_integer() {
        return value.to_string();
    }
    let size = float.abs();
    if float.is_finite() && size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{float:e}");
        return if size < 1.0 { text } else { text.replace('e', "e+") };
    }
    match float {
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        // Also turns -0 into 0, as JavaScript does.
        _ => (float + 0.0).to_string(),
    }
}
