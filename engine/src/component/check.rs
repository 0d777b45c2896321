//! Holds data against the schema of their type.

use crate::{
    definition::{ComponentTypeDef, PluginDef},
    fit::{Fit, Misfit, listed},
    store::{ComponentKey, StoreError},
};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

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

/// A type of components and the plugin it belongs to.
#[derive(Clone, Debug)]
pub struct RegisteredComponentType {
    /// The plugin.
    pub plugin: &'static PluginDef,
    /// The type.
    pub def: &'static ComponentTypeDef,
    fit: Arc<Fit>,
}

impl RegisteredComponentType {
    /// A type with its schema made ready.
    ///
    /// # Errors
    /// Why the schema cannot be used.
    pub fn new(plugin: &'static PluginDef, def: &'static ComponentTypeDef) -> Result<Self, String> {
        let fit = Fit::new(&def.json_schema())
            .map_err(|error| format!("the schema of component type `{}`: {error}", def.name))?;
        Ok(Self { plugin, def, fit: Arc::new(fit) })
    }

    /// Everything that is wrong with data of this type.
    #[must_use]
    pub fn misfits(&self, data: &Value) -> Vec<Misfit> {
        self.fit.misfits(data)
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
