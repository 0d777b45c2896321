//! Counts what an agent does: turns, actions, providers, evaluators, models, and what plugins want counted.

mod tally;

pub(crate) use tally::{Part, Tally};

use crate::{
    agent::Agent,
    budget::Money,
    definition::Plugin,
    extract::{Extract, ExtractError, HandlerKind, Invocation},
};
use jiff::Timestamp;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};

/// How often something was done, how often it failed, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counted {
    /// How often, failures among it.
    pub calls: u64,
    /// How often it failed.
    pub failures: u64,
    /// How long it took in all, in microseconds.
    pub micros: u64,
    /// The longest time, in microseconds.
    pub longest_micros: u64,
}

impl Counted {
    /// How long it takes on average; zero if it was never done.
    #[must_use]
    pub fn average(&self) -> Duration {
        Duration::from_micros(self.micros.checked_div(self.calls).unwrap_or_default())
    }
}

/// What one part of a plugin did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PartCounted {
    /// The plugin.
    pub plugin: &'static str,
    /// The part.
    pub name: &'static str,
    /// What it did.
    #[serde(flatten)]
    pub counted: Counted,
}

/// What one model did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelCounted {
    /// The plugin that serves it.
    pub plugin: &'static str,
    /// The kind that was asked for.
    pub kind: String,
    /// The model's own name; empty where it did not answer or did not say.
    pub model: String,
    /// Its answers and failures.
    #[serde(flatten)]
    pub counted: Counted,
    /// Tokens of the requests.
    pub prompt_tokens: u64,
    /// Tokens of the answers.
    pub completion_tokens: u64,
    /// Of the tokens of the requests, those that the provider knew from an earlier one.
    pub cached_tokens: u64,
    /// Of the tokens of the answers, those that are thoughts.
    pub reasoning_tokens: u64,
    /// What the answers cost whose price is known; `None` where that is none of them.
    pub cost: Option<Money>,
}

/// Numbers that a plugin noted under one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Noted {
    /// The plugin.
    pub plugin: &'static str,
    /// What the plugin calls it.
    pub name: String,
    /// How many numbers.
    pub count: u64,
    /// All together.
    pub sum: f64,
    /// The smallest.
    pub least: f64,
    /// The greatest.
    pub most: f64,
    /// The newest.
    pub latest: f64,
}

/// What an agent did since it was started; lists are sorted by plugin and name.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AnalyticsSnapshot {
    /// When it was started.
    pub since: Timestamp,
    /// Turns that ended.
    pub turns: Counted,
    /// How many turns ended how: `completed`, `failed` …
    pub turns_by_status: BTreeMap<&'static str, u64>,
    /// Actions.
    pub actions: Vec<PartCounted>,
    /// Providers; a result that was cached counts too.
    pub providers: Vec<PartCounted>,
    /// Evaluators.
    pub evaluators: Vec<PartCounted>,
    /// Models.
    pub models: Vec<ModelCounted>,
    /// What plugins noted.
    pub noted: Vec<Noted>,
}

impl Agent {
    /// What the agent did since it was started. Counting costs a fraction of a microsecond a call, and nothing while
    /// nothing happens; this copies what was counted.
    #[must_use]
    pub fn analytics(&self) -> AnalyticsSnapshot {
        self.shared().tally.snapshot()
    }
}

/// Counts for the plugin, and shows what was counted in the agent; take it as a parameter.
#[derive(Clone, Debug)]
pub struct Analytics {
    agent: Agent,
    plugin: &'static str,
}

impl<P: Plugin, K: HandlerKind> Extract<P, K> for Analytics {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        Ok(Self { agent: invocation.agent.lasting(), plugin: invocation.plugin.name })
    }
}

impl Analytics {
    /// Notes a number under a name of the plugin's own: `analytics.note("sentiment", 0.7)`. A number that is not
    /// finite is not noted. A plugin may use 256 names; more of them are noted together as `other`.
    pub fn note(&self, name: &str, value: f64) {
        self.agent.shared().tally.note(self.plugin, name, value);
    }

    /// What the agent did since it was started.
    #[must_use]
    pub fn snapshot(&self) -> AnalyticsSnapshot {
        self.agent.analytics()
    }
}
