//! `timing`: how often parts are called and how long they take, in a small histogram each.

use super::NoSettings;
use crate::middleware::{Middleware, Part, from_fn};
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
        all.iter().map(|(part, histogram)| histogram.timing(*part)).collect()
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Four buckets for each doubling: a quarter of a value is the most by which one is wrong.
const PER_DOUBLING: usize = 4;
/// The last bucket; longer ones, above twelve days, are in it too.
const LAST: usize = 160;

#[derive(Debug, Default)]
struct Histogram {
    count: u64,
    failed: u64,
    sum: u128,
    max: u64,
    /// As many as were needed so far.
    buckets: Vec<u32>,
}

impl Histogram {
    fn add(&mut self, micros: u64, failed: bool) {
        self.count += 1;
        self.failed += u64::from(failed);
        self.sum += u128::from(micros);
        self.max = self.max.max(micros);
        let bucket = bucket(micros);
        if self.buckets.len() <= bucket {
            self.buckets.resize(bucket + 1, 0);
        }
        self.buckets[bucket] = self.buckets[bucket].saturating_add(1);
    }

    fn timing(&self, part: Part) -> PartTiming {
        let mean = self.sum.checked_div(u128::from(self.count)).unwrap_or_default();
        PartTiming {
            part,
            count: self.count,
            failed: self.failed,
            mean: u64::try_from(mean).unwrap_or(u64::MAX),
            max: self.max,
            p95: self.percentile(95),
        }
    }

    /// What so many of a hundred values did not exceed.
    fn percentile(&self, of_hundred: u64) -> u64 {
        let wanted = (self.count * of_hundred).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return upper_bound(bucket).min(self.max);
            }
        }
        self.max
    }
}

/// Small values have a bucket each; of larger ones the place of the first bit and the two bits after it count.
fn bucket(micros: u64) -> usize {
    let doublings = micros.max(1).ilog2() as usize;
    if doublings < 2 {
        return micros as usize;
    }
    let quarter = (micros >> (doublings - 2)) as usize & (PER_DOUBLING - 1);
    (PER_DOUBLING + (doublings - 2) * PER_DOUBLING + quarter).min(LAST)
}

/// The largest value of a bucket.
fn upper_bound(bucket: usize) -> u64 {
    match bucket.checked_sub(PER_DOUBLING) {
        None => bucket as u64,
        Some(above) => {
            let (doublings, quarter) = (above / PER_DOUBLING, above % PER_DOUBLING);
            (((PER_DOUBLING + quarter + 1) as u64) << doublings) - 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_and_hold_their_values() {
        let mut before = 0;
        for micros in (0..5000).chain([1 << 20, (1 << 30) + 12345, 1 << 39]) {
            let bucket = bucket(micros);
            assert!(bucket >= before && bucket < LAST, "{micros}");
            assert!(upper_bound(bucket) >= micros, "{micros}");
            assert!(upper_bound(bucket) <= micros + micros / 4, "{micros}");
            before = bucket;
        }
        assert_eq!(super::bucket(u64::MAX), LAST);
    }

    #[test]
    fn percentiles_are_near_what_they_should_be() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(95), 0);
        for micros in 1..=100 {
            histogram.add(micros * 10, micros == 1);
        }
        assert_eq!((histogram.count, histogram.failed, histogram.max), (100, 1, 1000));
        assert!((950..=1000).contains(&histogram.percentile(95)), "{}", histogram.percentile(95));
        assert!((500..=640).contains(&histogram.percentile(50)), "{}", histogram.percentile(50));
    }
}
