//! What providers document, each with the page it stands on. Texts and numbers are those of the references where these give some.

pub(super) mod anthropic;
pub(super) mod compatible;
pub(super) mod gemini;
pub(super) mod ollama;
pub(super) mod openai;
pub(super) mod openrouter;

use galatea::model::Usage;

/// A refusal: status, headers, body, what it means.
type Documented = (u16, &'static [(&'static str, &'static str)], &'static str, &'static str);

/// What a provider documents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixtures {
    /// An answer as a whole.
    pub(super) whole: &'static str,
    /// An answer in pieces.
    pub(super) stream: &'static str,
    /// The text of both, and what was used.
    pub(super) text: &'static str,
    pub(super) model: &'static str,
    pub(super) usage: Usage,
    /// A stream with one call of `get_weather`.
    pub(super) call: &'static str,
    pub(super) call_arguments: &'static str,
    /// A stream with several calls of `get_weather`.
    pub(super) calls: &'static str,
    pub(super) calls_arguments: &'static [&'static str],
    /// A stream that ends because the answer grew too long.
    pub(super) cut: &'static str,
    /// A stream with a failure in its middle, and what it means.
    pub(super) failing: &'static str,
    pub(super) failure: &'static str,
    /// A piece that is no JSON in the middle of a stream.
    pub(super) garbled: &'static str,
    /// Refusals: status, headers, body, what they mean.
    pub(super) refusals: &'static [Documented],
}

pub(super) const NO_USAGE: Usage = Usage {
    prompt: 0,
    completion: 0,
    cached: 0,
    stored: 0,
    reasoning: 0,
    pictures: 0,
    sound: 0,
    characters: 0,
    cost: None,
};
