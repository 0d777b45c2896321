//! Chat completions, as OpenAI defined them and most servers speak them.
//!
//! <https://developers.openai.com/api/reference/resources/chat>, <https://openrouter.ai/docs/api/reference/overview>.

mod media;
mod reading;
mod request;

pub use reading::OpenAiReading;

use crate::{Asked, Call, Framing, Optional, Wire};

/// What servers that speak it differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI itself.
    OpenAi,
    /// OpenRouter: reasoning is asked for in a table of its own, and hints for prompt caches are passed on.
    OpenRouter,
    /// Any other server: what only OpenAI knows is left out, and all that the model is told stands in one message at the front.
    Compatible,
}

/// Chat completions.
#[derive(Clone, Copy, Debug)]
pub struct OpenAi {
    /// Whose.
    pub dialect: Dialect,
}

impl Wire for OpenAi {
    type Reading = OpenAiReading;

    const FRAMING: Framing = Framing::Events;

    const OPTIONAL: &'static [Optional] = &[
        Optional::new("temperature", "/temperature"),
        Optional::new("top_p", "/top_p"),
        Optional::new("top_k", "/top_k"),
        Optional::new("frequency_penalty", "/frequency_penalty"),
        Optional::new("presence_penalty", "/presence_penalty"),
        Optional::new("max_completion_tokens", "/max_completion_tokens"),
        Optional::new("max_tokens", "/max_tokens"),
        Optional::new("reasoning_effort", "/reasoning_effort"),
        Optional::new("reasoning", "/reasoning"),
        Optional::new("seed", "/seed"),
        Optional::new("stop", "/stop"),
        Optional::new("stream_options", "/stream_options"),
        Optional::new("response_format", "/response_format"),
        Optional::new("tools", "/tools"),
    ];

    fn call(&self, asked: &Asked<'_>) -> Call {
        Call::new("/chat/completions", request::body(self.dialect, asked))
    }

    fn reading(&self, _: &Asked<'_>) -> OpenAiReading {
        OpenAiReading::of(self.dialect)
    }
}
