//! Generated content, as Google defined it for Gemini. <https://ai.google.dev/api/generate-content>

mod media;
mod reading;
mod request;

pub use reading::GeminiReading;

use crate::{Asked, Call, Framing, Optional, Wire};

/// Generated content.
#[derive(Clone, Copy, Debug)]
pub struct Gemini;

impl Wire for Gemini {
    type Reading = GeminiReading;

    const FRAMING: Framing = Framing::Events;

    const OPTIONAL: &'static [Optional] = &[
        Optional::new("thinkingLevel", "/generationConfig/thinkingConfig/thinkingLevel"),
        Optional::new("thinkingBudget", "/generationConfig/thinkingConfig/thinkingBudget"),
        Optional::new("temperature", "/generationConfig/temperature"),
        Optional::new("topP", "/generationConfig/topP"),
        Optional::new("topK", "/generationConfig/topK"),
        Optional::new("seed", "/generationConfig/seed"),
        Optional::new("frequencyPenalty", "/generationConfig/frequencyPenalty"),
        Optional::new("presencePenalty", "/generationConfig/presencePenalty"),
        Optional::new("stopSequences", "/generationConfig/stopSequences"),
        Optional::new("responseJsonSchema", "/generationConfig/responseJsonSchema"),
        Optional::new("tools", "/tools"),
    ];

    fn call(&self, asked: &Asked<'_>) -> Call {
        let verb = if asked.streams { "streamGenerateContent?alt=sse" } else { "generateContent" };
        Call::new(format!("/models/{}:{verb}", asked.model), request::body(asked))
    }

    fn reading(&self, _: &Asked<'_>) -> GeminiReading {
        GeminiReading::default()
    }
}
