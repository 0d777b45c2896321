//! How long things took, in a few hundred bytes.

use std::time::Duration;

/// Four buckets for each doubling: a quarter of a value is the most by which one is wrong.
const PER_DOUBLING: usize = 4;
/// The last bucket; longer ones, above twelve days, are in it too.
const LAST: usize = 160;

/// The upper bounds of the coarse buckets, in microseconds: one millisecond to two minutes. What is longer is in none.
pub(crate) const BOUNDS: [u64; 15] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    120_000_000,
];

/// Times in microseconds: fine buckets for percentiles, coarse ones with round bounds for who adds several of them up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    pub(crate) count: u64,
    pub(crate) failed: u64,
    pub(crate) sum: u128,
    pub(crate) max: u64,
    /// As many as were needed so far.
    fine: Vec<u32>,
    coarse: [u32; BOUNDS.len()],
}

impl Histogram {
    pub(crate) fn add(&mut self, micros: u64, failed: bool) {
        self.count += 1;
        self.failed += u64::from(failed);
        self.sum += u128::from(micros);
        self.max = self.max.max(micros);
        let bucket = bucket(micros);
        if self.fine.len() <= bucket {
            self.fine.resize(bucket + 1, 0);
        }
        self.fine[bucket] = self.fine[bucket].saturating_add(1);
        if let Some(place) = BOUNDS.iter().position(|bound| micros <= *bound) {
            self.coarse[place] = self.coarse[place].saturating_add(1);
        }
    }

    /// The mean; zero of nothing.
    pub(crate) fn mean(&self) -> u64 {
        let mean = self.sum.checked_div(u128::from(self.count)).unwrap_or_default();
        u64::try_from(mean).unwrap_or(u64::MAX)
    }

    /// All together.
    pub(crate) fn total(&self) -> u64 {
        u64::try_from(self.sum).unwrap_or(u64::MAX)
    }

    /// What so many of a hundred values did not exceed: up to a quarter too high, never above the longest.
    pub(crate) fn percentile(&self, of_hundred: u64) -> u64 {
        let wanted = (self.count * of_hundred).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in self.fine.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                return upper_bound(bucket).min(self.max);
            }
        }
        self.max
    }

    /// How many values are longer than the one before of [`BOUNDS`] and at most as long as this one.
    pub(crate) fn by_bounds(&self) -> [u64; BOUNDS.len()] {
        self.coarse.map(u64::from)
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

/// A time in microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
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
        assert_eq!((histogram.percentile(95), histogram.mean()), (0, 0));
        for micros in 1..=100 {
            histogram.add(micros * 10, micros == 1);
        }
        assert_eq!((histogram.count, histogram.failed, histogram.max), (100, 1, 1000));
        assert!((950..=1000).contains(&histogram.percentile(95)), "{}", histogram.percentile(95));
        assert!((500..=640).contains(&histogram.percentile(50)), "{}", histogram.percentile(50));
    }

    #[test]
    fn coarse_buckets_have_round_bounds() {
        let mut histogram = Histogram::default();
        for micros in [1, 1_000, 1_001, 600_000, 999_000_000] {
            histogram.add(micros, false);
        }
        let by = histogram.by_bounds();
        assert_eq!((by[0], by[1], by[8], by[9], by[14]), (2, 1, 0, 1, 0));
        assert_eq!((histogram.count, histogram.total()), (5, 999_602_002));
    }
}
