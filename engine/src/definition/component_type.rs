//! The definition of a type of entity components.

use super::Origin;
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

/// A type of entity components: typed data that a plugin keeps about people and agents.
#[derive(Debug)]
pub struct ComponentTypeDef {
    /// The name in kebab-case, unique in an agent.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// Makes the JSON Schema of the data.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

impl ComponentTypeDef {
    /// The JSON Schema of the data (draft 7), standing alone.
    #[must_use]
    pub fn json_schema(&self) -> Value {
        let mut generator = SchemaSettings::draft07().into_generator();
        let mut schema = (self.schema)(&mut generator);
        let definitions = generator.take_definitions(true);
        if !definitions.is_empty() {
            schema.insert("definitions".to_owned(), Value::Object(definitions));
        }
        schema.to_value()
    }
}
