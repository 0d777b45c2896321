//! One answer, token by token.

use super::{grammar::Hold, sample::Sampler, text::Text, tokens::Tokens, weights::Weights};
use crate::LocalError;
use galatea::model::Parameters;

/// What an answer is made of.
pub(super) struct Asked<'a> {
    pub(super) prompt: &'a [u32],
    /// The most tokens of the answer.
    pub(super) most: usize,
    pub(super) parameters: &'a Parameters,
    pub(super) hold: Option<Hold>,
}

/// What happens while an answer is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A part of the prompt was read.
    Alive,
    /// The next piece of text.
    Text(String),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) text: String,
    /// How many tokens it has, the one that ends it among them.
    pub(super) tokens: usize,
    /// It has as many tokens as it may have, and no end.
    pub(super) cut: bool,
}

/// Makes an answer. Between any two steps it is asked whether anybody still waits for it.
pub(super) fn generate(
    weights: &mut Weights,
    tokens: &Tokens,
    mut asked: Asked<'_>,
    is_left: &dyn Fn() -> bool,
    tell: &mut dyn FnMut(Sign),
) -> Result<Made, LocalError> {
    let still = || if is_left() { Err(LocalError::Cancelled) } else { Ok(()) };
    let failed = |error: candle_core::Error| LocalError::Compute(error.to_string());
    let mut run = weights.begin();
    let (mut at, mut next) = (0, Vec::new());
    while at < asked.prompt.len() {
        still()?;
        let count = run.at_once(asked.prompt.len() - at);
        next = run.read(&asked.prompt[at..at + count], at).map_err(failed)?;
        at += count;
        tell(Sign::Alive);
    }
    let stops = asked.parameters.stop.as_deref().unwrap_or_default();
    let (mut text, mut sampler, mut made) = (Text::new(stops), Sampler::of(asked.parameters), 0);
    let cut = loop {
        if made == asked.most {
            break true;
        }
        still()?;
        sampler.penalise(&mut next);
        if let Some(hold) = &mut asked.hold {
            hold.apply(&mut next)?;
        }
        let token = sampler.choose(next)?;
        made += 1;
        if tokens.is_end(token) {
            break false;
        }
        let is_complete = asked.hold.as_mut().map(|hold| hold.take(token)).transpose()?.unwrap_or(false);
        match text.push(tokens.bytes_of(token)) {
            piece if piece.is_empty() => tell(Sign::Alive),
            piece => tell(Sign::Text(piece)),
        }
        if is_complete || text.is_ended() {
            break false;
        }
        next = run.read(&[token], at).map_err(failed)?;
        at += 1;
    };
    match text.finish() {
        rest if rest.is_empty() => {}
        rest => tell(Sign::Text(rest)),
    }
    Ok(Made { text: text.into_whole(), tokens: made, cut })
}
