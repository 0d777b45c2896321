//! Holds data against the schema of their type.

use crate::{
    definition::{ComponentTypeDef, PluginDef},
    store::{ComponentKey, StoreError},
};
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind, paths::LocationSegment};
use serde_json::Value;
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// What is wrong with one field of a component.
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

/// Why a component could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// No loaded plugin has a type of this name.
    #[error("no plugin of this agent has a component type `{name}`; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// What shall be written does not fit the type; nothing was written.
    #[error("this is no component `{name}` of {entity}: {}", listed(.misfits))]
    Invalid {
        /// The type.
        name: String,
        /// The entity.
        entity: Uuid,
        /// What is wrong, field by field.
        misfits: Vec<Misfit>,
    },
    /// What is stored does not fit the type, which has probably changed since. It is kept as it is:
    /// [`Components`](super::Components) reads it as JSON and writes it anew.
    #[error(
        "the component `{name}` of {entity} is stored in another shape: {}; read it with `Components`, and write it as it shall be",
        listed(.misfits)
    )]
    Outdated {
        /// The type.
        name: String,
        /// The entity.
        entity: Uuid,
        /// What does not fit, field by field.
        misfits: Vec<Misfit>,
    },
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn listed(misfits: &[Misfit]) -> String {
    misfits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// A type of components and the plugin it belongs to.
#[derive(Clone, Debug)]
pub struct RegisteredComponentType {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The type.
    pub def: &'static ComponentTypeDef,
    validator: Arc<Validator>,
}

impl RegisteredComponentType {
    /// A type with its schema made ready.
    ///
    /// # Errors
    /// Why the schema cannot be used.
    pub fn new(plugin: &'static PluginDef, def: &'static ComponentTypeDef) -> Result<Self, String> {
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft7)
            .should_validate_formats(true)
            .build(&def.json_schema())
            .map_err(|error| format!("the schema of component type `{}`: {error}", def.name))?;
        Ok(Self { plugin, def, validator: Arc::new(validator) })
    }

    /// Everything that is wrong with data of this type.
    #[must_use]
    pub fn misfits(&self, data: &Value) -> Vec<Misfit> {
        self.validator.iter_errors(data).flat_map(|error| explain(&error)).collect()
    }

    /// Refuses data that do not fit.
    ///
    /// # Errors
    /// [`ComponentError::Invalid`].
    pub fn check(&self, key: &ComponentKey, data: &Value) -> Result<(), ComponentError> {
        let misfits = self.misfits(data);
        if misfits.is_empty() {
            return Ok(());
        }
        Err(ComponentError::Invalid { name: key.name.clone(), entity: key.entity, misfits })
    }
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
