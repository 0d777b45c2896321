//! What an agent did in each minute of the last day.

use super::histogram::Histogram;
use crate::{
    budget::Money,
    model::{ModelKind, Usage},
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;

/// How many minutes are kept.
pub(super) const KEPT: usize = 24 * 60;

/// One minute of an agent. Serialised in kebab-case; times in microseconds, those of minutes without any are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Point {
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Messages that were accepted.
    pub messages: u64,
    /// Turns that ended.
    pub turns: u64,
    /// Of these, those that did not come to a good end.
    pub failed: u64,
    /// The time of the turns: a half took at most this long.
    pub turn_micros_p50: u64,
    /// The same of 99 in a hundred.
    pub turn_micros_p99: u64,
    /// Actions that ran.
    pub actions: u64,
    /// Of these, those that failed.
    pub actions_failed: u64,
    /// Calls of models that were answered or failed; those that count tokens are not among them.
    pub model_calls: u64,
    /// Of these, those that failed.
    pub model_failures: u64,
    /// The time of these calls: a half took at most this long.
    pub model_micros_p50: u64,
    /// The same of 99 in a hundred.
    pub model_micros_p99: u64,
    /// Tokens of the requests.
    pub tokens_in: u64,
    /// Tokens of the answers.
    pub tokens_out: u64,
    /// What the answers cost, as far as that is known: US dollars.
    pub cost: Money,
}

/// The minutes of an agent in which something happened: nothing is kept of the others, and nothing runs for them.
#[derive(Debug, Default)]
pub(crate) struct Minutes {
    /// Those that are over, oldest first.
    over: VecDeque<Point>,
    current: Option<Current>,
}

/// The minute that runs.
#[derive(Debug, Default)]
struct Current {
    point: Point,
    turns: Histogram,
    models: Histogram,
}

impl Current {
    fn told(&self) -> Point {
        Point {
            turn_micros_p50: self.turns.percentile(50),
            turn_micros_p99: self.turns.percentile(99),
            model_micros_p50: self.models.percentile(50),
            model_micros_p99: self.models.percentile(99),
            ..self.point
        }
    }
}

fn begin_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

impl Minutes {
    /// The minute of a moment; of one before the minute that runs, that one: clocks are set back sometimes.
    fn of(&mut self, now: Timestamp) -> &mut Current {
        let at = begin_of(now);
        let is_new = self.current.as_ref().is_none_or(|current| current.point.at < at);
        if is_new && let Some(done) = self.current.take() {
            if self.over.len() >= KEPT {
                self.over.pop_front();
            }
            self.over.push_back(done.told());
        }
        let begin = || Current { point: Point { at, ..Point::default() }, ..Current::default() };
        self.current.get_or_insert_with(begin)
    }

    pub(crate) fn message(&mut self, now: Timestamp) {
        self.of(now).point.messages += 1;
    }

    pub(crate) fn turn(&mut self, now: Timestamp, micros: u64, failed: bool) {
        let current = self.of(now);
        current.point.turns += 1;
        current.point.failed += u64::from(failed);
        current.turns.add(micros, failed);
    }

    pub(crate) fn action(&mut self, now: Timestamp, failed: bool) {
        let point = &mut self.of(now).point;
        point.actions += 1;
        point.actions_failed += u64::from(failed);
    }

    /// A call of a model; `used` is `None` where it failed.
    pub(crate) fn model(&mut self, now: Timestamp, kind: &ModelKind, micros: u64, used: Option<Usage>) {
        if matches!(kind, ModelKind::TokenizerEncode | ModelKind::TokenizerDecode) {
            return;
        }
        let current = self.of(now);
        current.models.add(micros, used.is_none());
        let point = &mut current.point;
        point.model_calls += 1;
        point.model_failures += u64::from(used.is_none());
        let used = used.unwrap_or_default();
        point.tokens_in += used.prompt;
        point.tokens_out += used.completion;
        point.cost += used.cost.unwrap_or_default();
    }

    /// The last so many minutes, the one of `now` among them, oldest first; those in which nothing happened are in it too.
    pub(super) fn last(&self, minutes: usize, now: Timestamp) -> Vec<Point> {
        let current = self.current.as_ref().map(Current::told);
        let newest = current.map_or(begin_of(now), |point| point.at.max(begin_of(now)));
        let minutes = i64::try_from(minutes.clamp(1, KEPT)).unwrap_or(1);
        let mut known = self.over.iter().copied().chain(current).peekable();
        let moments = (0..minutes)
            .rev()
            .filter_map(|back| newest.checked_sub(jiff::SignedDuration::from_mins(back)).ok());
        let points = moments.map(|at| {
            while known.next_if(|point| point.at < at).is_some() {}
            known.next_if(|point| point.at == at).unwrap_or(Point { at, ..Point::default() })
        });
        points.collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_kept_minute_by_minute() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let mut minutes = Minutes::default();
        minutes.message(at(61));
        minutes.turn(at(65), 800, false);
        minutes.turn(at(119), 900_000, true);
        // Nothing in the third minute; then the clock is set back.
        minutes.model(at(240), &ModelKind::TextLarge, 500, Some(Usage::new(30, 4)));
        minutes.model(at(180), &ModelKind::TextLarge, 700, None);
        minutes.model(at(241), &ModelKind::TokenizerEncode, 700, None);
        let last = minutes.last(4, at(250));
        assert_eq!(last.iter().map(|point| point.at.as_second()).collect::<Vec<_>>(), [60, 120, 180, 240]);
        assert_eq!((last[0].messages, last[0].turns, last[0].failed), (1, 2, 1));
        assert!((800..=1000).contains(&last[0].turn_micros_p50), "{:?}", last[0]);
        assert_eq!(last[0].turn_micros_p99, 900_000);
        assert_eq!(last[1], Point { at: at(120), ..Point::default() });
        assert_eq!(
            (last[3].model_calls, last[3].model_failures, last[3].tokens_in, last[3].tokens_out),
            (2, 1, 30, 4)
        );
        assert_eq!(minutes.last(2, at(360)).iter().map(|point| point.model_calls).sum::<u64>(), 0);
        for minute in 5..3_000 {
            minutes.message(at(minute * 60));
        }
        assert_eq!(minutes.over.len(), KEPT);
        let day = minutes.last(usize::MAX, at(3_000 * 60));
        assert_eq!((day.len(), day.iter().map(|point| point.messages).sum::<u64>()), (KEPT, 1439));
    }
}
