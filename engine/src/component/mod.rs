//! Components of entities: typed data that plugins keep about people and agents.
//!
//! `#[component("profile")]` on a struct declares a type. Handlers read and write it with [`Component<T>`], whose
//! parameter the compiler refuses where the type's plugin is not required; [`Components`] reads and writes any
//! type as JSON. What is written is checked against the type's schema, by `check`; what was stored in an older
//! shape and does not fit any more is an error that names the field, never dropped. The data are the
//! [`store`](crate::store)'s.

mod access;
mod check;
mod extract;

pub use crate::fit::Misfit;
pub use access::{Component, Components};
pub use check::{ComponentError, RegisteredComponentType};

use crate::definition::{ComponentTypeDef, Plugin};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

/// A type of entity components. Implemented by `#[component]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a component of entities",
    label = "this type is not annotated with `#[component]`",
    note = "write `#[component(\"a-name\")] pub struct {Self} {{ … }}` in the plugin that owns it"
)]
pub trait EntityComponent: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The plugin that owns it.
    type Plugin: Plugin;
    /// The whole definition.
    const DEF: &'static ComponentTypeDef;
    /// The name, unique in an agent.
    const NAME: &'static str = Self::DEF.name;
}
