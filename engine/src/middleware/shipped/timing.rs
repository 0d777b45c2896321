//! `timing`: how often parts are called and how long they take, in a small histogram each.

use super::NoSettings;
use crate::{
    middleware::{Middleware, Part, from_fn},
    telemetry::{Histogram, micros},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the calls of a part took. Serialised in kebab-case, durations in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PartTiming {
    /// The part.
    pub part: Part,
    /// How often it was called.
    pub count: u64,
    /// How often it failed.
    pub failed: u64,
    /// The mean, in microseconds.
    pub mean: u64,
    /// The longest, in microseconds.
    pub max: u64,
    /// What 95 of 100 calls did not exceed, in microseconds; up to a quarter too high, never above `max`.
    pub p95: u64,
}

pub(super) fn timing(NoSettings {}: NoSettings) -> impl Middleware {
    from_fn(|call, next| async move {
        let (part, agent) = (call.part, call.invocation.agent.clone());
        let begun = Instant::now();
        let answered = next.run(call).await;
        let time = begun.elapsed();
        let failed = answered.as_ref().map_or(true, super::super::Outcome::is_failure);
        tracing::debug!(
            kind = part.kind.name(),
            name = part.name,
            plugin = part.plugin,
            micros = micros(time),
            failed,
            "timed"
        );
        agent.time(part, time, failed);
        answered
    })
}

/// The histograms of an agent.
#[derive(Debug, Default)]
pub(crate) struct Timings(Mutex<BTreeMap<Part, Histogram>>);

impl Timings {
    pub(crate) fn add(&self, part: Part, time: Duration, failed: bool) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(part).or_default().add(micros(time), failed);
    }

    /// Every part that was timed, by kind, plugin and name.
    pub(crate) fn all(&self) -> Vec<PartTiming> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(part, histogram)| timing_of(*part, histogram)).collect()
    }
}

fn timing_of(part: Part, times: &Histogram) -> PartTiming {
    PartTiming {
        part,
        count: times.count,
        failed: times.failed,
        mean: times.mean(),
        max: times.max,
        p95: times.percentile(95),
    }
}
