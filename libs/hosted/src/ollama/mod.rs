//! Ollama's own chat. Its imitation of OpenAI's cannot be told how long a context may be. <https://docs.ollama.com/api>

mod media;
mod reading;
mod request;

pub use reading::OllamaReading;

use crate::{Asked, Call, Framing, Optional, Wire};

/// Ollama's chat.
#[derive(Clone, Debug)]
pub struct Ollama {
    /// How long prompt and answer may be together, in tokens; what is longer the server cuts at the front without a word.
    pub context_tokens: Option<u32>,
    /// How long a model stays loaded after it was asked, as Ollama writes it: `5m`, `-1` for ever.
    pub keep_alive: Option<String>,
}

impl Wire for Ollama {
    type Reading = OllamaReading;

    const FRAMING: Framing = Framing::Lines;

    const OPTIONAL: &'static [Optional] = &[
        Optional::new("tools", "/tools"),
        Optional::new("thinking", "/think"),
        Optional::new("format", "/format"),
    ];

    fn call(&self, asked: &Asked<'_>) -> Call {
        Call::new("/api/chat", request::body(self, asked))
    }

    fn reading(&self, _: &Asked<'_>) -> OllamaReading {
        OllamaReading::default()
    }
}
