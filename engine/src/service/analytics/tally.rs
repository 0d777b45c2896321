//! The counters of one agent.

use super::{AnalyticsSnapshot, Counted, ModelCounted, Noted, PartCounted};
use crate::model::{ModelKind, Usage};
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
}

/// The counters of one agent.
pub(crate) struct Tally {
    since: Timestamp,
    counters: Mutex<Counters>,
}

type ModelsByName = BTreeMap<String, (Counted, Usage)>;

#[derive(Default)]
struct Counters {
    turns: Counted,
    turns_by_status: BTreeMap<&'static str, u64>,
    parts: BTreeMap<(Part, &'static str, &'static str), Counted>,
    /// By plugin and kind, then by model.
    models: BTreeMap<(&'static str, ModelKind), ModelsByName>,
    noted: BTreeMap<&'static str, BTreeMap<String, Noted>>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("since", &self.since).finish_non_exhaustive()
    }
}

impl Counted {
    fn add(&mut self, micros: u64, success: bool) {
        self.calls += 1;
        self.failures += u64::from(!success);
        self.micros = self.micros.saturating_add(micros);
        self.longest_micros = self.longest_micros.max(micros);
    }
}

/// The entry of a name, or of the rest where there are too many names.
fn entry<'a, V>(map: &'a mut BTreeMap<String, V>, name: &str, new: impl FnOnce(&str) -> V) -> &'a mut V {
    let name = if map.contains_key(name) || map.len() < MOST_NAMES { name } else { OTHER };
    map.entry(name.to_owned()).or_insert_with(|| new(name))
}

impl Tally {
    pub(crate) fn new(since: Timestamp) -> Self {
        Self { since, counters: Mutex::default() }
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn turn(&self, status: &'static str, micros: u64) {
        let mut counters = self.counters();
        counters.turns.add(micros, status == "completed");
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
        self.counters().parts.entry((part, plugin, name)).or_default().add(micros, success);
    }

    /// A call of a model; `answer` is its name and what it used, `None` where it failed.
    pub(crate) fn model(
        &self,
        plugin: &'static str,
        kind: &ModelKind,
        micros: u64,
        answer: Option<(&str, Usage)>,
    ) {
        let mut counters = self.counters();
        let models = counters.models.entry((plugin, kind.clone())).or_default();
        let (name, usage) = answer.unwrap_or_default();
        let (counted, used) = entry(models, name, |_| Default::default());
        counted.add(micros, answer.is_some());
        *used = used.and(usage);
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

    pub(super) fn snapshot(&self) -> AnalyticsSnapshot {
        let counters = self.counters();
        let of = |wanted: Part| {
            let parts = counters.parts.iter().filter(|((part, ..), _)| *part == wanted);
            parts.map(|(&(_, plugin, name), &counted)| PartCounted { plugin, name, counted }).collect()
        };
        let models = counters.models.iter().flat_map(|((plugin, kind), models)| {
            models.iter().map(|(model, (counted, usage))| ModelCounted {
                plugin,
                kind: kind.name().to_owned(),
                model: model.clone(),
                counted: *counted,
                prompt_tokens: usage.prompt,
                completion_tokens: usage.completion,
                cached_tokens: usage.cached,
                reasoning_tokens: usage.reasoning,
                cost: usage.cost,
            })
        });
        AnalyticsSnapshot {
            since: self.since,
            turns: counters.turns,
            turns_by_status: counters.turns_by_status.clone(),
            actions: of(Part::Action),
            providers: of(Part::Provider),
            evaluators: of(Part::Evaluator),
            models: models.collect(),
            noted: counters.noted.values().flat_map(BTreeMap::values).cloned().collect(),
        }
    }
}
