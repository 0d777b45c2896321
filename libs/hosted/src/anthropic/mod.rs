//! Messages, as Anthropic defined them. <https://platform.claude.com/docs/en/api/messages>

mod reading;
mod request;

pub use reading::AnthropicReading;

use crate::{Asked, Call, Framing, Optional, Wire};

/// The version of the API that is asked for.
const VERSION: &str = "2023-06-01";

/// Messages.
#[derive(Clone, Copy, Debug)]
pub struct Anthropic {
    /// How long an answer may be where the request does not say; the server wants to be told.
    pub max_tokens: u32,
    /// Whether prompts are marked for the server's cache.
    pub cache: bool,
}

impl Wire for Anthropic {
    type Reading = AnthropicReading;

    const FRAMING: Framing = Framing::Events;

    const OPTIONAL: &'static [Optional] = &[
        Optional::new("temperature", "/temperature"),
        Optional::new("top_p", "/top_p"),
        Optional::new("top_k", "/top_k"),
        Optional::new("stop_sequences", "/stop_sequences"),
        Optional::new("effort", "/output_config/effort"),
        Optional::new("format", "/output_config/format"),
        Optional::new("output_config", "/output_config"),
        // First the way of thinking: only a refusal that does not name it means all of it.
        Optional::new("adaptive", "/thinking/type"),
        Optional::new("thinking", "/thinking"),
        Optional::new("tools", "/tools"),
    ];

    fn call(&self, asked: &Asked<'_>) -> Call {
        let headers = vec![("anthropic-version", VERSION.to_owned())];
        Call { headers, ..Call::new("/v1/messages", request::body(*self, asked)) }
    }

    fn reading(&self, _: &Asked<'_>) -> AnthropicReading {
        AnthropicReading::default()
    }
}
