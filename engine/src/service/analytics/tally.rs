//! The counters of one agent.

use super::{AnalyticsSnapshot, Counted, ModelCounted, Noted, PartCounted};
use crate::{
    clock::Clock,
    model::{ModelKind, Usage},
    telemetry::{CacheStats, Histogram, Minutes, PartStats},
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Beyond so many models of one plugin and kind, or names of one plugin, the rest is counted together: some name
/// their models anew with every answer.
const MOST_NAMES: usize = 256;

/// The name of the rest.
const OTHER: &str = "other";

/// A kind of part that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Action,
    Provider,
    Evaluator,
    Stage,
    Task,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Provider => "provider",
            Self::Evaluator => "evaluator",
            Self::Stage => "stage",
            Self::Task => "task",
        }
    }
}

/// The counters of one agent.
pub(crate) struct Tally {
    since: Timestamp,
    clock: Clock,
    counters: Mutex<Counters>,
}

/// What was counted of one model: how long its calls took, and what they used.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelTimes {
    pub(crate) times: Histogram,
    pub(crate) used: Usage,
}

type ModelsByName = BTreeMap<String, ModelTimes>;

/// What was counted of every part of a kind, for who shows it: the kind, the plugin, the name.
pub(crate) type PartKey = (Part, &'static str, &'static str);

#[derive(Default)]
struct Counters {
    turns: Histogram,
    turns_by_status: BTreeMap<&'static str, u64>,
    messages: u64,
    minutes: Minutes,
    parts: BTreeMap<PartKey, Histogram>,
    /// Hits and misses, by kind of cache and name.
    caches: BTreeMap<(&'static str, &'static str), (u64, u64)>,
    /// By plugin and kind, then by model.
    models: BTreeMap<(&'static str, ModelKind), ModelsByName>,
    noted: BTreeMap<&'static str, BTreeMap<String, Noted>>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("since", &self.since).finish_non_exhaustive()
    }
}

impl From<&Histogram> for Counted {
    fn from(times: &Histogram) -> Self {
        Self { calls: times.count, failures: times.failed, micros: times.total(), longest_micros: times.max }
    }
}

/// The entry of a name, or of the rest where there are too many names.
fn entry<'a, V>(map: &'a mut BTreeMap<String, V>, name: &str, new: impl FnOnce(&str) -> V) -> &'a mut V {
    let name = if map.contains_key(name) || map.len() < MOST_NAMES { name } else { OTHER };
    map.entry(name.to_owned()).or_insert_with(|| new(name))
}

impl Tally {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { since: clock.now(), clock, counters: Mutex::default() }
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn turn(&self, status: &'static str, micros: u64) {
        let (now, failed) = (self.clock.now(), status != "completed");
        let mut counters = self.counters();
        counters.turns.add(micros, failed);
        counters.minutes.turn(now, micros, failed);
        *counters.turns_by_status.entry(status).or_default() += 1;
    }

    pub(crate) fn part(
        &self,
        part: Part,
        plugin: &'static str,
        name: &'static str,
        micros: u64,
        success: bool,
    ) {
        let now = self.clock.now();
        let mut counters = self.counters();
        counters.parts.entry((part, plugin, name)).or_default().add(micros, !success);
        if part == Part::Action {
            counters.minutes.action(now, !success);
        }
    }

    /// A message that was accepted.
    pub(crate) fn message(&self) {
        let now = self.clock.now();
        let mut counters = self.counters();
        counters.messages += 1;
        counters.minutes.message(now);
    }

    /// A cache was asked: `of` is what kind of cache, `name` whose.
    pub(crate) fn cache(&self, of: &'static str, name: &'static str, hit: bool) {
        let mut counters = self.counters();
        let (hits, misses) = counters.caches.entry((of, name)).or_default();
        *(if hit { hits } else { misses }) += 1;
    }

    /// A call of a model; `answer` is its name and what it used, `None` where it failed.
    pub(crate) fn model(
        &self,
        plugin: &'static str,
        kind: &ModelKind,
        micros: u64,
        answer: Option<(&str, Usage)>,
    ) {
        let now = self.clock.now();
        let mut counters = self.counters();
        counters.minutes.model(now, kind, micros, answer.map(|(_, usage)| usage));
        let models = counters.models.entry((plugin, kind.clone())).or_default();
        let (name, usage) = answer.unwrap_or_default();
        let counted = entry(models, name, |_| ModelTimes::default());
        counted.times.add(micros, answer.is_none());
        counted.used = counted.used.and(usage);
    }

    pub(super) fn note(&self, plugin: &'static str, name: &str, value: f64) {
        if !value.is_finite() {
            return;
        }
        let mut counters = self.counters();
        let new = |name: &str| Noted {
            plugin,
            name: name.to_owned(),
            count: 0,
            sum: 0.0,
            least: value,
            most: value,
            latest: value,
        };
        let noted = entry(counters.noted.entry(plugin).or_default(), name, new);
        noted.count += 1;
        noted.sum += value;
        noted.least = noted.least.min(value);
        noted.most = noted.most.max(value);
        noted.latest = value;
    }

    /// Shows the minutes.
    pub(crate) fn minutes<T>(&self, show: impl FnOnce(&Minutes) -> T) -> T {
        show(&self.counters().minutes)
    }

    /// How many messages were accepted.
    pub(crate) fn messages(&self) -> u64 {
        self.counters().messages
    }

    /// How long turns took, and how many ended how.
    pub(crate) fn turns(&self) -> (Histogram, BTreeMap<&'static str, u64>) {
        let counters = self.counters();
        (counters.turns.clone(), counters.turns_by_status.clone())
    }

    /// How long the calls of every part of a kind took.
    pub(crate) fn parts_of(&self, wanted: Part) -> Vec<(&'static str, &'static str, Histogram)> {
        let counters = self.counters();
        let parts = counters.parts.iter().filter(|((part, ..), _)| *part == wanted);
        parts.map(|(&(_, plugin, name), times)| (plugin, name, times.clone())).collect()
    }

    /// How long the calls of every model took, and what they used: plugin, kind, model.
    pub(crate) fn models(&self) -> Vec<(&'static str, ModelKind, String, ModelTimes)> {
        let counters = self.counters();
        let all = counters.models.iter().flat_map(|((plugin, kind), models)| {
            models.iter().map(|(name, model)| (*plugin, kind.clone(), name.clone(), model.clone()))
        });
        all.collect()
    }

    /// Every part and model, for tables.
    pub(crate) fn parts(&self) -> Vec<PartStats> {
        let counters = self.counters();
        let parts = counters.parts.iter();
        let parts =
            parts.map(|((part, plugin, name), times)| PartStats::new(part.name(), plugin, name, times));
        let models = counters.models.iter().flat_map(|((plugin, kind), models)| {
            models.iter().map(|(name, model)| PartStats {
                model_kind: Some(kind.name().to_owned()),
                ..PartStats::new("model", plugin, name, &model.times)
            })
        });
        parts.chain(models).collect()
    }

    /// Every cache that was asked.
    pub(crate) fn caches(&self) -> Vec<CacheStats> {
        let counters = self.counters();
        let all = counters.caches.iter().map(|((of, name), (hits, misses))| CacheStats {
            name: format!("{of} {name}"),
            hits: *hits,
            misses: *misses,
        });
        all.collect()
    }

    pub(super) fn snapshot(&self) -> AnalyticsSnapshot {
        let counters = self.counters();
        let of = |wanted: Part| {
            let parts = counters.parts.iter().filter(|((part, ..), _)| *part == wanted);
            parts
                .map(|(&(_, plugin, name), times)| PartCounted { plugin, name, counted: times.into() })
                .collect()
        };
        let models = counters.models.iter().flat_map(|((plugin, kind), models)| {
            models.iter().map(|(model, ModelTimes { times, used: usage })| ModelCounted {
                plugin,
                kind: kind.name().to_owned(),
                model: model.clone(),
                counted: times.into(),
                prompt_tokens: usage.prompt,
                completion_tokens: usage.completion,
                cached_tokens: usage.cached,
                reasoning_tokens: usage.reasoning,
                cost: usage.cost,
            })
        });
        AnalyticsSnapshot {
            since: self.since,
            turns: (&counters.turns).into(),
            turns_by_status: counters.turns_by_status.clone(),
            actions: of(Part::Action),
            providers: of(Part::Provider),
            evaluators: of(Part::Evaluator),
            models: models.collect(),
            noted: counters.noted.values().flat_map(BTreeMap::values).cloned().collect(),
        }
    }
}
