//! The fields of a JSON object, by type. What is wrong is told in OpenAI's words, with the name of the parameter.

use crate::error::ApiError;
use serde_json::{Map, Value};

/// An object of a request, and where it is in it.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: String,
}

impl<'a> Fields<'a> {
    /// The whole body.
    pub(crate) fn of_body(value: &'a Value) -> Result<Self, ApiError> {
        match value {
            Value::Object(map) => Ok(Self { map, at: String::new() }),
            other => Err(ApiError::invalid(format!("The body must be a JSON object, not {}.", kind(other)))),
        }
    }

    /// An object within it.
    pub(crate) fn of(value: &'a Value, at: String) -> Result<Self, ApiError> {
        match value {
            Value::Object(map) => Ok(Self { map, at }),
            other => Err(wrong(&at, "an object", other)),
        }
    }

    /// Where a field is, e.g. `messages[0].content`.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    /// A field; `None` where it is not there or null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// All of them.
    pub(crate) const fn all(&self) -> &'a Map<String, Value> {
        self.map
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, ApiError> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(crate) fn required_text(&self, name: &str) -> Result<&'a str, ApiError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        Ok(self.typed(name, "a boolean", Value::as_bool)?.unwrap_or_default())
    }

    pub(crate) fn whole(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.typed(name, "an integer", Value::as_i64)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>, ApiError> {
        self.typed(name, "a decimal", Value::as_f64)
    }

    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, ApiError> {
        self.typed(name, "an array", |value| value.as_array().map(Vec::as_slice))
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, ApiError> {
        self.get(name).map(|value| Self::of(value, self.at(name))).transpose()
    }

    pub(crate) fn missing(&self, name: &str) -> ApiError {
        let at = self.at(name);
        ApiError::invalid(format!("Missing required parameter: '{at}'."))
            .param(at)
            .code("missing_required_parameter")
    }

    /// A field that has a value it may not have.
    pub(crate) fn unfit(&self, name: &str, value: &str, supported: &[&str]) -> ApiError {
        let at = self.at(name);
        let supported: Vec<String> = supported.iter().map(|one| format!("'{one}'")).collect();
        let message = format!("Invalid value: '{value}'. Supported values are: {}.", supported.join(", "));
        ApiError::invalid(message).param(at).code("invalid_value")
    }

    /// A field of a type it may not have.
    pub(crate) fn mistyped(&self, name: &str, wanted: &str) -> ApiError {
        wrong(&self.at(name), wanted, self.map.get(name).unwrap_or(&Value::Null))
    }

    fn typed<T>(
        &self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| wrong(&self.at(name), wanted, value))
    }
}

fn wrong(at: &str, wanted: &str, got: &Value) -> ApiError {
    let message = format!("Invalid type for '{at}': expected {wanted}, but got {} instead.", kind(got));
    ApiError::invalid(message).param(at).code("invalid_type")
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
