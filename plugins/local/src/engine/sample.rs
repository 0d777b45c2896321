//! Which token comes next.

use crate::LocalError;
use candle_core::{Device, Tensor};
use candle_transformers::generation::{LogitsProcessor, Sampling};
use galatea::model::Parameters;
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher, RandomState},
};

/// The randomness of answers where nobody says it: small models ramble with more.
const TEMPERATURE: f64 = 0.7;

/// Below this there is no randomness left.
const NONE: f64 = 1e-4;

/// Chooses the tokens of one answer.
pub(super) struct Sampler {
    processor: LogitsProcessor,
    frequency: f32,
    presence: f32,
    /// How often each token was said.
    said: BTreeMap<u32, f32>,
}

impl Sampler {
    pub(super) fn of(parameters: &Parameters) -> Self {
        let seed = parameters.seed.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        Self {
            processor: LogitsProcessor::from_sampling(seed, sampling(parameters)),
            frequency: penalty(parameters.frequency_penalty),
            presence: penalty(parameters.presence_penalty),
            said: BTreeMap::new(),
        }
    }

    /// Makes what was said less likely.
    pub(super) fn penalise(&self, next: &mut [f32]) {
        for (token, times) in &self.said {
            if let Some(likely) = usize::try_from(*token).ok().and_then(|at| next.get_mut(at)) {
                *likely -= self.frequency.mul_add(*times, self.presence);
            }
        }
    }

    /// Chooses a token.
    pub(super) fn choose(&mut self, next: Vec<f32>) -> Result<u32, LocalError> {
        let count = next.len();
        let next = Tensor::from_vec(next, count, &Device::Cpu);
        let token = next.and_then(|next| self.processor.sample(&next));
        let token = token.map_err(|error| LocalError::Compute(error.to_string()))?;
        if self.frequency != 0.0 || self.presence != 0.0 {
            *self.said.entry(token).or_default() += 1.0;
        }
        Ok(token)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the number is between -2 and 2")]
fn penalty(wanted: Option<f64>) -> f32 {
    wanted.unwrap_or(0.0).clamp(-2.0, 2.0) as f32
}

fn sampling(parameters: &Parameters) -> Sampling {
    let temperature = parameters.temperature.unwrap_or(TEMPERATURE);
    let k = parameters.top_k.and_then(|k| usize::try_from(k).ok()).filter(|k| *k > 0);
    let p = parameters.top_p.filter(|p| *p > 0.0 && *p < 1.0);
    // Nothing but the likeliest may be left of what is said to be left.
    let alone = temperature < NONE || k == Some(1) || parameters.top_p.is_some_and(|p| p <= 0.0);
    match (k, p) {
        _ if alone => Sampling::ArgMax,
        (Some(k), Some(p)) => Sampling::TopKThenTopP { k, p, temperature },
        (Some(k), None) => Sampling::TopK { k, temperature },
        (None, Some(p)) => Sampling::TopP { p, temperature },
        (None, None) => Sampling::All { temperature },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_taken_at_their_word() {
        let with = |change: fn(&mut Parameters)| {
            let mut parameters = Parameters::default();
            change(&mut parameters);
            sampling(&parameters)
        };
        let warm = |temperature| Sampling::All { temperature };
        assert_eq!(with(|_| {}), warm(TEMPERATURE));
        assert_eq!(with(|wanted| wanted.temperature = Some(1.5)), warm(1.5));
        assert_eq!(with(|wanted| wanted.temperature = Some(0.0)), Sampling::ArgMax);
        assert_eq!(with(|wanted| wanted.top_k = Some(1)), Sampling::ArgMax);
        assert_eq!(with(|wanted| wanted.top_k = Some(0)), warm(TEMPERATURE));
        assert_eq!(with(|wanted| wanted.top_p = Some(1.0)), warm(TEMPERATURE));
        assert_eq!(with(|wanted| wanted.top_p = Some(0.0)), Sampling::ArgMax);
        let both = Sampling::TopKThenTopP { k: 40, p: 0.9, temperature: TEMPERATURE };
        let wanted = with(|wanted| (wanted.top_k, wanted.top_p) = (Some(40), Some(0.9)));
        assert_eq!(wanted, both);
    }

    #[test]
    fn what_was_said_is_less_likely() -> Result<(), LocalError> {
        let parameters =
            Parameters { temperature: Some(0.0), frequency_penalty: Some(2.0), ..Parameters::default() };
        let mut sampler = Sampler::of(&parameters);
        let mut chosen = Vec::new();
        for _ in 0..4 {
            let mut next = vec![0.0, 4.5, 3.0];
            sampler.penalise(&mut next);
            chosen.push(sampler.choose(next)?);
        }
        assert_eq!(chosen, [1, 2, 1, 2]);
        Ok(())
    }
}
