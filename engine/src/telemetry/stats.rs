//! The numbers of one agent, for plots and tables.

use super::{Point, histogram::Histogram};
use crate::{
    agent::Agent,
    budget::{BudgetStatus, Money},
};
use jiff::Timestamp;
use serde::Serialize;

/// What an agent did, in numbers. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Stats {
    /// When the agent was started; all but the series counts from then on.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
    /// One point a minute, oldest first.
    pub series: Vec<Point>,
    /// What each part did, by kind, plugin and name.
    pub parts: Vec<PartStats>,
    /// What was found in caches.
    pub caches: Vec<CacheStats>,
    /// What was spent.
    pub spent: Spent,
}

/// What one part did; times in microseconds. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PartStats {
    /// `action`, `provider`, `evaluator`, `stage`, `task` or `model`.
    pub kind: &'static str,
    /// Its name; of a model its own, empty where it did not answer or did not say.
    pub name: String,
    /// The plugin; `galatea` of stages.
    pub plugin: &'static str,
    /// Which kind of model was asked for; `None` of other parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_kind: Option<String>,
    /// How often it was called, failures among it.
    pub calls: u64,
    /// How often it failed.
    pub failures: u64,
    /// How long the calls took in all.
    pub total_micros: u64,
    /// A half of the calls took at most this long; up to a quarter too high.
    pub p50: u64,
    /// 99 in a hundred took at most this long.
    pub p99: u64,
}

impl PartStats {
    pub(crate) fn new(kind: &'static str, plugin: &'static str, name: &str, times: &Histogram) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            plugin,
            model_kind: None,
            calls: times.count,
            failures: times.failed,
            total_micros: times.total(),
            p50: times.percentile(50),
            p99: times.percentile(99),
        }
    }
}

/// How often a cache had what was asked for. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CacheStats {
    /// What kind and whose: `provider FORECAST` of a provider that is cached, `plugin weather` of what a plugin keeps,
    /// `middleware FORECAST` of a part with the middleware `cache` around it.
    pub name: String,
    /// How often it was there.
    pub hits: u64,
    /// How often it had to be made.
    pub misses: u64,
}

/// What was spent since the start, and how the budgets of the agent stand. Serialised in kebab-case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Spent {
    /// Tokens of requests to models.
    pub tokens_in: u64,
    /// Tokens of their answers.
    pub tokens_out: u64,
    /// What they cost, as far as that is known: US dollars.
    pub cost: Money,
    /// The agent's budgets of an hour and of a day, as they stood when they were asked for last, less than a minute ago.
    pub budgets: Vec<BudgetStatus>,
}

impl Agent {
    /// What the agent did, in numbers: the last so many minutes (at least 1, at most a day), and everything since the start.
    ///
    /// What it costs to keep them is a fraction of a microsecond a call; nothing runs while nothing happens. Budgets are asked
    /// of the storage in the background: [`refresh`](super::refresh()) waits for that.
    #[must_use]
    pub fn stats(&self, minutes: usize) -> Stats {
        self.refresh_soon();
        let tally = &self.shared().tally;
        let analytics = self.analytics();
        let spent = |of: fn(&crate::service::ModelCounted) -> u64| analytics.models.iter().map(of).sum();
        Stats {
            since: analytics.since,
            series: tally.minutes(|all| all.last(minutes, self.clock().now())),
            parts: tally.parts(),
            caches: tally.caches(),
            spent: Spent {
                tokens_in: spent(|model| model.prompt_tokens),
                tokens_out: spent(|model| model.completion_tokens),
                cost: analytics.models.iter().filter_map(|model| model.cost).sum(),
                budgets: self.shared().slow.latest().map(|slow| slow.budgets.clone()).unwrap_or_default(),
            },
        }
    }
}
