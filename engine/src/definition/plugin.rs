//! The definition of a plugin: identity, dependencies, permissions, config.

use super::{Call, Origin, PermissionDef};
use crate::extract::ExtractError;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use std::{any::Any, sync::Arc};

/// Keys of a plugin's table that belong to the engine; a config type that uses one does not compile.
pub const RESERVED_CONFIG_KEYS: [&str; 4] = ["enabled", "fallback", "middleware", "version"];

/// A plugin. Implemented by `#[plugin]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin",
    label = "expected a type annotated with `#[plugin]`",
    note = "a plugin is a unit struct: `#[plugin(\"name\")] pub struct Name;`"
)]
pub trait Plugin: Sized + Send + Sync + 'static {
    /// The name, as characters write it: kebab-case, unique in a build.
    const NAME: &'static str;
    /// The whole definition.
    const DEF: &'static PluginDef;
    /// The type of its config table.
    type Config: PluginConfig;
}

/// The config of a plugin. Implemented by `#[config]` only, which adds the derives and refuses reserved keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the config of a plugin",
    label = "this type is not annotated with `#[config]`",
    note = "write `#[config] pub struct {Self} {{ … }}`: it derives `Deserialize` and `JsonSchema`, and refuses unknown and reserved keys"
)]
pub trait PluginConfig: DeserializeOwned + JsonSchema + Send + Sync + 'static {}

/// The config of plugins that have none: an empty table.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

impl PluginConfig for NoConfig {}

/// How strongly one plugin wants another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Loaded before, or the plugin does not load.
    Required,
    /// Loaded before if the character has it.
    Optional,
    /// Loaded only under `galatea test`.
    Test,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A plugin, by name.
    Plugin(&'static str),
    /// Any plugin that serves this model kind, e.g. `text-large`, or this kind of service, e.g. `web-search`.
    Capability(&'static str),
}

/// One dependency of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What is wanted.
    pub target: Target,
    /// How strongly.
    pub strength: Strength,
    /// The versions accepted, as a semver range (`^1.2`); `None` accepts every version.
    pub versions: Option<&'static str>,
}

/// A config that was read, as [`Config<P>`](crate::extract::Config) hands it out.
pub type ErasedConfig = Arc<dyn Any + Send + Sync>;

/// How to describe and read a plugin's config.
#[derive(Clone, Copy)]
pub struct ConfigDef {
    /// Adds the JSON Schema of the config to a generator and gives a reference to it.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Reads a config whose secrets are resolved. The error says which field and why.
    pub read: fn(serde_json::Value) -> Result<ErasedConfig, serde_json::Error>,
}

impl ConfigDef {
    /// The config definition of `C`.
    #[must_use]
    pub const fn of<C: PluginConfig>() -> Self {
        Self {
            schema: |generator| generator.subschema_for::<C>(),
            read: |value| Ok(Arc::new(serde_json::from_value::<C>(value)?)),
        }
    }
}

impl std::fmt::Debug for ConfigDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConfigDef")
    }
}

/// Everything about a plugin that is known at build time.
#[derive(Debug)]
pub struct PluginDef {
    /// The name, as characters write it.
    pub name: &'static str,
    /// The semantic version, from Cargo.toml unless the attribute says otherwise.
    pub version: &'static str,
    /// The doc comment: editors show it at `[plugins.<name>]`.
    pub description: &'static str,
    /// From Cargo.toml, `:` between authors.
    pub authors: &'static str,
    /// SPDX expression, from Cargo.toml.
    pub license: &'static str,
    /// The Rust path of the type, e.g. `galatea_weather::Weather`; generated code names it.
    pub path: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// What must, may or under test shall be loaded before it.
    pub requirements: &'static [Requirement],
    /// What it wants to touch.
    pub permissions: &'static [PermissionDef],
    /// Higher loads earlier among plugins that dependencies leave unordered. Default 0. Also the default rank of
    /// its model handlers.
    pub priority: i32,
    /// Starts its services on first use instead of at load.
    pub lazy: bool,
    /// The versions of the engine it was built for, as a semver range; `None` accepts every version.
    pub engine: Option<&'static str>,
    /// Its config.
    pub config: ConfigDef,
    /// The middleware around its parts, by name, outermost first; inside of what characters put around them.
    pub middleware: &'static [&'static str],
    /// The plugins that it is composed of, in load order; empty for one that `compose!` did not make.
    pub members: &'static [&'static Self],
}

impl PluginDef {
    /// Every plugin that it is composed of, its members' members before these; in load order, without itself.
    #[must_use]
    pub fn all_members(&self) -> Vec<&'static Self> {
        let with_own = |member: &&'static Self| {
            let mut all = member.all_members();
            all.push(*member);
            all
        };
        self.members.iter().flat_map(with_own).collect()
    }
}

/// The moments of a plugin's life that a hook can stand at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// After every dependency is loaded and its services run, before the plugin's own parts are registered.
    Load,
    /// After the plugin's services stopped; always runs, also on failure and on shutdown.
    Unload,
}

/// A function annotated with `#[on_load]` or `#[on_unload]`.
#[derive(Debug)]
pub struct HookDef {
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// When it runs.
    pub moment: Moment,
    /// Where it is declared.
    pub origin: Origin,
    /// Runs it.
    pub call: Call<Result<(), HandlerError>>,
}

/// Why a handler did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// A parameter could not be had.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// The handler itself said so.
    #[error("{0}")]
    Failed(String),
}
