//! The definition of a middleware, and the kinds of parts that one can wrap.

use super::Origin;
use crate::middleware::Middleware;
use schemars::{Schema, SchemaGenerator};
use serde::Serialize;
use std::{fmt, sync::Arc};

/// The kinds of parts that a middleware can wrap. Serialised in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// Actions.
    Action,
    /// Providers.
    Provider,
    /// Evaluators.
    Evaluator,
    /// Model handlers.
    Model,
}

impl PartKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Action, Self::Provider, Self::Evaluator, Self::Model];

    /// The name, e.g. `action`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Provider => "provider",
            Self::Evaluator => "evaluator",
            Self::Model => "model",
        }
    }
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A middleware: a layer that characters and plugins put around parts.
#[derive(Debug)]
pub struct MiddlewareDef {
    /// The name in kebab-case, unique in a build.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The plugin it belongs to; empty for those of the engine.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// The kinds of parts that it wraps; parts of other kinds are left alone.
    pub kinds: &'static [PartKind],
    /// Adds the JSON Schema of its settings to a generator and gives a reference to it.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Makes the layer out of settings whose secrets are resolved. The error says which setting and why.
    pub make: fn(serde_json::Value) -> Result<Arc<dyn Middleware>, serde_json::Error>,
}

impl MiddlewareDef {
    /// The plugin it belongs to; `None` for those of the engine.
    #[must_use]
    pub fn owner(&self) -> Option<&'static str> {
        (!self.plugin.is_empty()).then_some(self.plugin)
    }
}
