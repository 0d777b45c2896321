//! The OpenAI API in front of agents, mounted at `/v1`: each agent is a model.
//!
//! ```toml
//! [plugins.server]
//!
//! [plugins.openai-api]
//! ```
//!
//! ```python
//! from openai import OpenAI
//!
//! client = OpenAI(base_url="http://127.0.0.1:3000/v1", api_key="gal_…")
//! client.chat.completions.create(model="ada", user="grace", messages=[{"role": "user", "content": "Hello!"}])
//! ```
//!
//! One request is one turn of the agent in a room. `fields` reads JSON by type, `content` and `prompt` what a conversation is
//! made of, `door` says which agent and who calls; `conversation` finds the room and what is new in it, `turn` runs the turn,
//! `speech` makes of what is streamed something that nobody has to unsay, `answer` is what came of it; `chat`, `responses`,
//! `models` and `embeddings` are the endpoints, `turn` sees to requests that are sent again, `instructions` tells the
//! agent what the program that calls wants, `error` is OpenAI's form of errors. What works and what does not: `docs/openai-api.md`.

mod answer;
mod chat;
mod content;
mod conversation;
mod door;
mod embeddings;
mod error;
mod fields;
mod front;
mod instructions;
mod marks;
mod models;
mod openapi;
mod prompt;
mod refused;
mod responses;
mod router;
mod settings;
mod speech;
mod sse;
mod turn;

pub use front::OpenAiFront;
pub use instructions::instructions;
pub use settings::{Settings, Streaming};

use galatea::prelude::*;

/// The OpenAI API in front of agents: each agent is a model.
#[plugin("openai-api", requires(galatea_server::Server), config = Settings)]
pub struct OpenAiApi;
