//! Which model answers which kind.

use galatea::model::{ModelKind, ModelRequest, Speaker};
use std::borrow::Cow;

/// What a picture is described for where nothing was asked.
const DESCRIBE: &str =
    "Describe this picture in a few sentences: what it shows, and any text in it, word for word.";

/// The models of texts, by size.
#[derive(Clone, Copy, Debug)]
pub struct Sizes<'m> {
    /// Short, cheap text.
    pub small: &'m str,
    /// The text of conversations.
    pub large: &'m str,
    /// Text with long thinking, small.
    pub reasoning_small: &'m str,
    /// Text with long thinking, large.
    pub reasoning_large: &'m str,
}

impl<'m> Sizes<'m> {
    /// The model for a kind, and whether it shall think for long.
    #[must_use]
    pub const fn of(&self, kind: &ModelKind) -> (&'m str, bool) {
        match kind {
            ModelKind::TextSmall | ModelKind::ObjectSmall => (self.small, false),
            ModelKind::ReasoningSmall => (self.reasoning_small, true),
            ModelKind::ReasoningLarge => (self.reasoning_large, true),
            _ => (self.large, false),
        }
    }
}

/// A request about pictures that says what is wanted of them.
#[must_use]
pub fn describing(request: &ModelRequest) -> Cow<'_, ModelRequest> {
    if !request.last_user_text().trim().is_empty() {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    if let Some(line) = request.lines.iter_mut().rev().find(|line| line.speaker == Speaker::User) {
        DESCRIBE.clone_into(&mut line.text);
    }
    Cow::Owned(request)
}
