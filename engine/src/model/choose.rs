//! Which handler serves a model kind, and how its answers are made.

use super::{ModelError, ModelKind, Parameters};
use crate::definition::{ModelDef, PluginDef};

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
            top_k: self.top_k.or(those.top_k),
            frequency_penalty: self.frequency_penalty.or(those.frequency_penalty),
            presence_penalty: self.presence_penalty.or(those.presence_penalty),
            max_tokens: self.max_tokens.or(those.max_tokens),
            effort: self.effort.or(those.effort),
            seed: self.seed.or(those.seed),
            stop: self.stop.or_else(|| those.stop.clone()),
        }
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
