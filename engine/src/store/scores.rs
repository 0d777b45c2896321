//! What evaluators gave over time.

use super::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// What an evaluator gave a turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Score {
    /// Identifies it.
    pub id: Uuid,
    /// The evaluator.
    pub evaluator: String,
    /// The run that was looked at.
    pub run: Uuid,
    /// Its room.
    pub room: Uuid,
    /// When it was given.
    pub at: Timestamp,
    /// How much of what the evaluator looks for was there, 0 to 1.
    pub score: f64,
    /// Whether the turn passed.
    pub passed: bool,
    /// Anything else that the evaluator told.
    pub metadata: Value,
}

/// Which scores to read; every field that is set must fit. The default is the newest 1000.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreQuery {
    /// Only of this evaluator, by its exact name.
    pub evaluator: Option<String>,
    /// Only of turns in this room.
    pub room: Option<Uuid>,
    /// Only given at this moment or later.
    pub since: Option<Timestamp>,
    /// Only given before this moment.
    pub until: Option<Timestamp>,
    /// At most so many, the newest ones.
    pub limit: usize,
}

impl Default for ScoreQuery {
    fn default() -> Self {
        Self { evaluator: None, room: None, since: None, until: None, limit: 1000 }
    }
}

impl ScoreQuery {
    /// Whether a score fits, without regard to the limit.
    #[must_use]
    pub fn fits(&self, score: &Score) -> bool {
        self.evaluator.as_ref().is_none_or(|evaluator| score.evaluator == *evaluator)
            && self.room.is_none_or(|room| score.room == room)
            && self.since.is_none_or(|since| score.at >= since)
            && self.until.is_none_or(|until| score.at < until)
    }
}

/// The scores of one evaluator in one span of time, in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ScoreSummary {
    /// The evaluator.
    pub evaluator: String,
    /// When the span begins.
    pub at: Timestamp,
    /// How many scores it has; at least one.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// Which part of the turns passed, 0 to 1.
    pub pass_rate: f64,
}

/// Summarises scores by evaluator and span of time, sorted by both. Spans are `bucket` long (a second at least) and
/// begin at `from`, and so on before and after it; one without a score is left out.
#[must_use]
pub fn summarize(scores: &[Score], from: Timestamp, bucket: Duration) -> Vec<ScoreSummary> {
    let length = i128::try_from(bucket.max(Duration::from_secs(1)).as_nanos()).unwrap_or(i128::MAX);
    let mut spans: BTreeMap<(&str, i128), Vec<&Score>> = BTreeMap::new();
    for score in scores {
        let place = (score.at.as_nanosecond() - from.as_nanosecond()).div_euclid(length);
        spans.entry((&score.evaluator, place)).or_default().push(score);
    }
    let begin = |place: i128| {
        let at = place.checked_mul(length).and_then(|since| since.checked_add(from.as_nanosecond()));
        at.and_then(|at| Timestamp::from_nanosecond(at).ok()).unwrap_or(from)
    };
    spans.into_iter().map(|((evaluator, place), scores)| summary(evaluator, begin(place), &scores)).collect()
}

/// Summarises all scores of each evaluator, sorted by name; `at` is when the first one was given.
#[must_use]
pub fn summarize_all(scores: &[Score]) -> Vec<ScoreSummary> {
    let mut all: BTreeMap<&str, Vec<&Score>> = BTreeMap::new();
    for score in scores {
        all.entry(&score.evaluator).or_default().push(score);
    }
    let first = |scores: &[&Score]| scores.iter().map(|score| score.at).min().unwrap_or_default();
    all.into_iter().map(|(evaluator, scores)| summary(evaluator, first(&scores), &scores)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "fewer scores than a float can count")]
fn summary(evaluator: &str, at: Timestamp, scores: &[&Score]) -> ScoreSummary {
    let values = || scores.iter().map(|score| score.score);
    let count = scores.len().max(1) as f64;
    ScoreSummary {
        evaluator: evaluator.to_owned(),
        at,
        count: scores.len() as u64,
        mean: values().sum::<f64>() / count,
        min: values().fold(f64::INFINITY, f64::min),
        max: values().fold(f64::NEG_INFINITY, f64::max),
        pass_rate: scores.iter().filter(|score| score.passed).count() as f64 / count,
    }
}

/// What evaluators gave over time. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait ScoreStore: Send + Sync {
    /// Adds scores, all or none. One whose id is already there is left as it is.
    async fn add_scores(&self, scores: &[Score]) -> Result<(), StoreError>;
    /// Reads the newest scores that fit, oldest first; of those given at one moment the one written first comes first.
    async fn scores(&self, query: &ScoreQuery) -> Result<Vec<Score>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(evaluator: &str, seconds: i64, score: f64, passed: bool) -> Score {
        Score {
            id: Uuid::nil(),
            evaluator: evaluator.to_owned(),
            run: Uuid::nil(),
            room: Uuid::nil(),
            at: Timestamp::from_second(seconds).unwrap_or_default(),
            score,
            passed,
            metadata: Value::Null,
        }
    }

    #[test]
    fn scores_are_summarised_by_evaluator_and_span() {
        let scores = [
            score("B", 100, 0.5, true),
            score("A", 59, 0.0, false),
            score("A", 100, 1.0, true),
            score("A", 159, 0.5, false),
            score("A", 160, 0.25, true),
        ];
        let from = Timestamp::from_second(100).unwrap_or_default();
        let spans = summarize(&scores, from, Duration::from_secs(60));
        let told: Vec<_> = spans
            .iter()
            .map(|s| (s.evaluator.as_str(), s.at.as_second(), s.count, s.mean, s.min, s.max, s.pass_rate))
            .collect();
        assert_eq!(
            told,
            [
                ("A", 40, 1, 0.0, 0.0, 0.0, 0.0),
                ("A", 100, 2, 0.75, 0.5, 1.0, 0.5),
                ("A", 160, 1, 0.25, 0.25, 0.25, 1.0),
                ("B", 100, 1, 0.5, 0.5, 0.5, 1.0),
            ]
        );
        let all = summarize_all(&scores);
        assert_eq!((all.len(), all[0].count, all[0].mean, all[0].pass_rate), (2, 4, 0.4375, 0.5));
        assert_eq!(all[0].at.as_second(), 59);
        // A length of nothing is a second, one longer than time is one span.
        assert_eq!(summarize(&scores, from, Duration::ZERO).len(), 5);
        assert_eq!(summarize(&scores[2..], from, Duration::MAX).len(), 1);
        assert!(summarize(&[], from, Duration::MAX).is_empty());
    }
}
