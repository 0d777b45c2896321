//! What a form of asking and answering is.

use crate::{Asked, Kept};
use galatea::model::{ModelAnswer, ModelError};
use serde_json::Value;

/// How pieces of an answer are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Events,
    /// One JSON value a line.
    Lines,
}

/// A request in the words of a wire.
#[derive(Clone, Debug)]
pub struct Call {
    /// The path, behind the base address: `/chat/completions`.
    pub path: String,
    /// The body.
    pub body: Value,
    /// Headers of this call, beside those of the host.
    pub headers: Vec<(&'static str, String)>,
}

impl Call {
    /// A call without headers of its own.
    #[must_use]
    pub fn new(path: impl Into<String>, body: Value) -> Self {
        Self { path: path.into(), body, headers: Vec::new() }
    }
}

/// A parameter that some models refuse, and that a call does without where one does.
#[derive(Clone, Copy, Debug)]
pub struct Optional {
    /// Its name, as it stands in the server's refusal.
    pub name: &'static str,
    /// Where it stands in the body, as JSON pointer.
    pub pointer: &'static str,
}

impl Optional {
    /// A parameter at the root of the body.
    #[must_use]
    pub const fn new(name: &'static str, pointer: &'static str) -> Self {
        Self { name, pointer }
    }
}

/// A form in which servers are asked, and answer.
pub trait Wire: Sync {
    /// What reads its answers.
    type Reading: Reading;

    /// How pieces of an answer are told apart.
    const FRAMING: Framing;

    /// The parameters that a model may refuse.
    const OPTIONAL: &'static [Optional];

    /// The request in its words.
    fn call(&self, asked: &Asked<'_>) -> Call;

    /// What shall read the answer to a request.
    fn reading(&self, asked: &Asked<'_>) -> Self::Reading;
}

/// Reads an answer, at once or piece by piece.
pub trait Reading: Send {
    /// Takes the next piece; gives the text in it that may be shown.
    ///
    /// # Errors
    /// If the piece is not one, or tells of a failure.
    fn push(&mut self, data: &str) -> Result<Option<String>, ModelError>;

    /// Takes the answer as it comes where it was not streamed.
    ///
    /// # Errors
    /// If it is none, or tells of a failure.
    fn whole(&mut self, body: &str) -> Result<(), ModelError>;

    /// Whether nothing more belongs to the answer.
    fn is_over(&self) -> bool;

    /// Whether the server said that nothing more comes, so that nothing more is waited for. Never, where it has no word for that.
    fn is_done(&self) -> bool {
        false
    }

    /// The answer.
    ///
    /// # Errors
    /// If it ended in the middle, or holds nothing because the server withheld it.
    fn finish(self, kept: &Kept) -> Result<ModelAnswer, ModelError>;
}
