//! Basic conduct: what every agent can do and knows, whatever else it is for.
//!
//! Actions to reply, to stay silent, to follow and mute rooms, to choose, to change roles, contacts and
//! settings, and to write elsewhere; providers that tell a model who the agent is, where it is, with whom and
//! what it knows of them; and reflection, which keeps what people say about themselves and each other.
//!
//! ```toml
//! [plugins.bootstrap]
//! reflect-every = 8
//! ```
//!
//! `actions` and `providers` have one file a subject. Other plugins use [`Choices`] to ask the people of a room
//! to choose.

mod actions;
mod choices;
mod error;
mod people;
mod plugin_tests;
mod providers;
mod reflection;
mod settings;
mod talk;

pub use choices::{Choice, ChoiceMade, ChoiceOption, Choices};
pub use settings::Settings;

use galatea::prelude::*;

/// Basic conduct of every agent: replies, rooms, roles, memories of people.
#[plugin("bootstrap", config = Settings, priority = 50)]
pub struct Bootstrap;
