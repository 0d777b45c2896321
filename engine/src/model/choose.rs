//! Which handler serves a model kind, and where its text goes while it is made.

use super::{ModelError, ModelKind, Parameters};
use crate::definition::{ModelDef, PluginDef};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::mpsc;

/// A model handler that is registered with an agent.
#[derive(Clone, Copy, Debug)]
pub struct RegisteredModel {
    /// The plugin it belongs to.
    pub plugin: &'static PluginDef,
    /// The handler.
    pub def: &'static ModelDef,
    /// Its rank: its own priority, else its plugin's.
    pub priority: i32,
}

/// The handlers of a kind in the order in which they are tried: highest priority first, then order of registration.
///
/// # Errors
/// [`ModelError::NoModel`] if nothing serves the kind, [`ModelError::UnknownProvider`] if `provider` does not.
pub fn candidates(
    registered: &[RegisteredModel],
    kind: &ModelKind,
    provider: Option<&str>,
) -> Result<Vec<RegisteredModel>, ModelError> {
    let mut serving: Vec<RegisteredModel> =
        registered.iter().copied().filter(|model| model.def.kinds.contains(kind)).collect();
    if serving.is_empty() {
        return Err(ModelError::NoModel { kind: kind.clone() });
    }
    serving.sort_by_key(|model| std::cmp::Reverse(model.priority));
    let Some(provider) = provider else {
        return Ok(serving);
    };
    if !serving.iter().any(|model| model.plugin.name == provider) {
        let mut known: Vec<&str> = serving.iter().map(|model| model.plugin.name).collect();
        known.sort_unstable();
        known.dedup();
        return Err(ModelError::UnknownProvider {
            kind: kind.clone(),
            provider: provider.to_owned(),
            known: known.join(", "),
        });
    }
    // The named one first, the rest stay as what to fall back to.
    serving.sort_by_key(|model| model.plugin.name != provider);
    Ok(serving)
}

impl Parameters {
    /// These, and where these say nothing, those. `0` says something.
    #[must_use]
    pub fn or(self, those: &Self) -> Self {
        Self {
            temperature: self.temperature.or(those.temperature),
            top_p: self.top_p.or(those.top_p),
            max_tokens: self.max_tokens.or(those.max_tokens),
            seed: self.seed.or(those.seed),
            stop: self.stop.or_else(|| those.stop.clone()),
        }
    }
}

/// Where the text of an answer goes while it is made. Sending never fails and never waits long: a reader that
/// is gone is ignored.
#[derive(Clone, Debug, Default)]
pub struct TextSink(Option<Arc<Pieces>>);

#[derive(Debug)]
struct Pieces {
    sender: mpsc::Sender<String>,
    used: AtomicBool,
}

impl TextSink {
    /// A sink and the end where its text comes out; at most 64 pieces wait.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<String>) {
        let (sender, receiver) = mpsc::channel(64);
        let pieces = Pieces { sender, used: AtomicBool::new(false) };
        (Self(Some(Arc::new(pieces))), receiver)
    }

    /// Whether anybody reads it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.as_ref().is_some_and(|pieces| !pieces.sender.is_closed())
    }

    /// Sends the next piece of text.
    pub async fn send(&self, text: impl Into<String>) {
        if let Some(pieces) = &self.0 {
            pieces.used.store(true, Ordering::Relaxed);
            // The reader may be gone; the answer itself still counts.
            drop(pieces.sender.send(text.into()).await);
        }
    }

    /// Whether anything was sent.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.0.as_ref().is_some_and(|pieces| pieces.used.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_of_zero_counts() {
        let call = Parameters { temperature: Some(0.0), ..Parameters::default() };
        let default = Parameters { temperature: Some(0.7), max_tokens: Some(10), ..Parameters::default() };
        let merged = call.or(&default);
        assert_eq!((merged.temperature, merged.max_tokens), (Some(0.0), Some(10)));
    }
}
