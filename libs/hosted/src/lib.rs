//! What the plugins of language models behind HTTP share. No plugin itself: it declares nothing, and a character cannot select it.
//!
//! A [`Host`] is a server with its address, key, headers, limits and the egress client of the plugin that calls it, so
//! that only granted hosts are reached. A [`Wire`] is the form in which a server is asked and answers; there are four:
//! [`OpenAi`] (chat completions, which most servers speak), [`Anthropic`] (messages), [`Gemini`] (generateContent) and
//! [`Ollama`] (chat). [`Host::ask`] brings both together: it streams, reads, and says what went wrong in the words of
//! [`ModelError`](galatea::model::ModelError).
//!
//! `docs/models-providers.md` says what users write and why these are adapters of our own.

mod asked;
mod building;
mod choice;
mod conversation;
mod events;
mod failure;
mod host;
mod kept;
mod models;
mod patience;
mod retry;
mod schema;
mod settings;
mod wire;

pub mod anthropic;
pub mod gemini;
pub mod ollama;
pub mod openai;

pub use anthropic::Anthropic;
pub use asked::Asked;
pub use failure::Refusal;
pub use gemini::Gemini;
pub use host::{Auth, Host, Setup};
pub use kept::Kept;
pub use models::{Sizes, describing};
pub use ollama::Ollama;
pub use openai::OpenAi;
pub use settings::Timeouts;
pub use wire::{Call, Framing, Optional, Reading, Wire};
