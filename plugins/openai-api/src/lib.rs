//! The OpenAI API in front of agents: each agent is a model.

use galatea::prelude::*;

/// The OpenAI API in front of agents: each agent is a model.
#[plugin("openai-api", requires(galatea_server::Server))]
pub struct OpenAiApi;
