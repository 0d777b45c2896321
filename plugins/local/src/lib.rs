//! Language models in process: a GGUF file, without a server, a key or a network.
//!
//! ```toml
//! [models]
//! tools = "schema"                     # small models choose actions best so
//!
//! [plugins.local]                      # cargo run --features local
//! model = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
//! ```
//!
//! A model is loaded when it is first asked, once a process, however many agents name it; it works at one answer at a time, the others wait.
//!
//! What runs a model is behind the feature `local` of this crate, since it takes minutes to compile. Without it the plugin is there, so
//! that characters that name it are checked, and an agent that has it does not start and says what to do.
//!
//! `docs/models-local.md` has all keys, and which files can be run.

#[cfg(feature = "local")]
mod engine;
#[cfg(not(feature = "local"))]
#[path = "absent.rs"]
mod engine;
mod error;
mod service;
mod settings;

pub use error::LocalError;
pub use service::{LocalModel, converse, decode, encode};
pub use settings::Settings;

use galatea::prelude::*;

/// Language models in process, each from a GGUF file.
#[plugin(
    "local",
    optional(galatea_http::Http),
    permissions(Network(of = settings::hosts)),
    config = Settings,
    priority = -75,
)]
pub struct Local;
