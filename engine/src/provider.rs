//! What a provider gives.

pub use futures_util::{Stream, stream};

use crate::citation::Citation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a subscribing provider gives: its latest item is what turns see; an error is told instead of it.
pub type Subscription = stream::BoxStream<'static, Result<Context, String>>;

/// What a provider tells: text for the model, values for templates, data for actions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Context {
    /// What the model reads; blank text is left out.
    pub text: String,
    /// Values by name, for templates and actions.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// Anything, for actions.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub data: Value,
    /// Where what the text says comes from. A reply that refers to one by its label, or quotes it, carries it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
}

impl Context {
    /// Context of text only.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same with one more value.
    #[must_use]
    pub fn with_value(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// The same with data.
    ///
    /// # Errors
    /// If the data cannot be JSON, e.g. a map whose keys are not texts.
    pub fn with_data(mut self, data: &impl Serialize) -> Result<Self, serde_json::Error> {
        self.data = serde_json::to_value(data)?;
        Ok(self)
    }
}
