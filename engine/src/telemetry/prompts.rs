//! What models were asked in the last turns, exactly, and what they answered; in memory only.
//!
//! All agents of the process share one shelf, so that many of them do not fill the memory together. What is kept is the
//! request as the plugin got it; it becomes JSON, without secrets, when somebody looks at it.

use super::redact::redact_json;
use crate::{
    agent::Agent,
    model::{Line, ModelAnswer, ModelKind, ModelRequest},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use uuid::Uuid;

/// So many runs of an agent are kept.
const MOST_RUNS: usize = 100;
/// So much of an agent is kept, in bytes.
const MOST_OF_AGENT: usize = 8 << 20;
/// So much of all agents is kept, in bytes.
const MOST_OF_ALL: usize = 64 << 20;
/// A larger prompt is not kept: one with pictures would drive out all others.
const LARGEST: usize = 2 << 20;

/// What a model was asked and what it answered. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct KeptPrompt {
    /// The kind that was asked for.
    pub kind: ModelKind,
    /// The plugin that was asked last.
    pub plugin: String,
    /// The model's own name; empty where it did not answer or did not say.
    pub model: String,
    /// The request as the plugin got it: a [`ModelRequest`](crate::model::ModelRequest), without secrets.
    pub request: Value,
    /// What it answered, without secrets: a [`ModelAnswer`](crate::model::ModelAnswer), of whose vectors,
    /// media and tokens only the number is told; `{"error": "…"}` where nothing answered.
    pub answer: Value,
}

/// The request as the plugin that was asked last got it; the plugin's name.
#[derive(Debug, Default)]
pub(crate) struct Asked(OnceLock<Arc<ModelRequest>>);

impl Asked {
    pub(crate) fn note(&self, request: &Arc<ModelRequest>) {
        // Each attempt has a slot of its own, and asks once.
        drop(self.0.set(Arc::clone(request)));
    }

    pub(crate) fn into_request(self) -> Option<Arc<ModelRequest>> {
        self.0.into_inner()
    }
}

/// What is kept of one call.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) kind: ModelKind,
    pub(crate) plugin: String,
    pub(crate) model: String,
    pub(crate) request: Arc<ModelRequest>,
    pub(crate) answer: Result<Answer, String>,
}

/// An answer without what would fill the shelf: of that, how much there was.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    answer: Box<ModelAnswer>,
    vectors: usize,
    media: usize,
    tokens: usize,
}

impl From<&ModelAnswer> for Answer {
    fn from(answer: &ModelAnswer) -> Self {
        let (vectors, media, tokens) = (answer.vectors.len(), answer.media.len(), answer.tokens.len());
        let kept = ModelAnswer {
            text: answer.text.clone(),
            calls: answer.calls.clone(),
            providers: answer.providers.clone(),
            cut: answer.cut,
            problem: answer.problem.clone(),
            usage: answer.usage,
            model: answer.model.clone(),
            ..ModelAnswer::default()
        };
        Self { answer: Box::new(kept), vectors, media, tokens }
    }
}

impl Answer {
    fn told(&self) -> Value {
        let mut told = serde_json::to_value(&self.answer).unwrap_or_default();
        let counts = [("vectors", self.vectors), ("media", self.media), ("tokens", self.tokens)];
        if let Some(told) = told.as_object_mut() {
            let counts = counts.into_iter().filter(|(_, count)| *count > 0);
            told.extend(counts.map(|(name, count)| (name.to_owned(), count.into())));
        }
        told
    }
}

impl Kept {
    /// How much memory it takes, roughly.
    fn bytes(&self) -> usize {
        let line = |line: &Line| {
            let calls = line.calls.iter().map(|call| size_of_map(&call.arguments) + 64).sum::<usize>();
            let media = line.media.iter().map(|media| media.bytes.len()).sum::<usize>();
            line.text.len() + line.name.len() + calls + media + 128
        };
        let request = &self.request;
        let tools = request.tools.iter().map(|tool| tool.description.len() + size_of(&tool.parameters) + 128);
        let asked = request.system.len() + request.context.len() + request.tokens.len() * 4;
        let lines: usize = request.lines.iter().map(line).sum();
        let answered = self.answer.as_ref().map_or_else(String::len, |Answer { answer, .. }| {
            let calls = answer.calls.iter().map(|call| size_of_map(&call.arguments) + 64).sum::<usize>();
            answer.text.len() + calls + 256
        });
        asked + lines + tools.sum::<usize>() + request.schema().map_or(0, size_of) + answered + 512
    }

    fn told(&self) -> KeptPrompt {
        let mut request = serde_json::to_value(&*self.request).unwrap_or_default();
        let mut answer = match &self.answer {
            Ok(answer) => answer.told(),
            Err(why) => json!({ "error": why }),
        };
        redact_json(&mut request);
        redact_json(&mut answer);
        KeptPrompt {
            kind: self.kind.clone(),
            plugin: self.plugin.clone(),
            model: self.model.clone(),
            request,
            answer,
        }
    }
}

/// How much memory a JSON value takes, roughly.
pub(crate) fn size_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 24,
        Value::Array(values) => values.iter().map(size_of).sum::<usize>() + 24,
        Value::Object(map) => size_of_map(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => 24,
    }
}

pub(crate) fn size_of_map(map: &serde_json::Map<String, Value>) -> usize {
    map.iter().map(|(name, value)| name.len() + size_of(value) + 32).sum::<usize>() + 24
}

/// The place of one agent on the shelf; what is there goes with it.
#[derive(Debug)]
pub(crate) struct Prompts(u64);

impl Default for Prompts {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Drop for Prompts {
    fn drop(&mut self) {
        SHELF.lock().unwrap_or_else(PoisonError::into_inner).forget(self.0);
    }
}

impl Prompts {
    fn shelf() -> MutexGuard<'static, Shelf> {
        SHELF.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the call at this place of a run's record.
    pub(crate) fn keep(&self, run: Uuid, place: usize, kept: Kept) {
        // Weighed before anybody waits for the shelf.
        let bytes = kept.bytes();
        Self::shelf().put(self.0, run, place, kept, bytes);
    }

    fn of_run(&self, run: Uuid) -> Vec<(usize, Arc<Kept>)> {
        Self::shelf().of_run(self.0, run)
    }
}

static SHELF: Mutex<Shelf> = Mutex::new(Shelf::new(MOST_OF_AGENT, MOST_OF_ALL));

/// One run of an agent.
#[derive(Debug)]
struct Run {
    run: Uuid,
    /// By their places in the record.
    calls: Vec<(usize, Arc<Kept>)>,
    bytes: usize,
    /// Runs have numbers in the order in which they came.
    number: u64,
}

#[derive(Debug)]
struct Shelf {
    of_agent: usize,
    of_all: usize,
    agents: BTreeMap<u64, VecDeque<Run>>,
    /// The agent of each run, oldest run first.
    ages: BTreeMap<u64, u64>,
    bytes: usize,
    next: u64,
}

impl Shelf {
    const fn new(of_agent: usize, of_all: usize) -> Self {
        Self { of_agent, of_all, agents: BTreeMap::new(), ages: BTreeMap::new(), bytes: 0, next: 0 }
    }

    fn put(&mut self, agent: u64, run: Uuid, place: usize, kept: Kept, bytes: usize) {
        if bytes > LARGEST.min(self.of_agent) {
            return;
        }
        let runs = self.agents.entry(agent).or_default();
        let same = runs.iter_mut().rev().find(|known| known.run == run);
        let known = match same {
            Some(known) => known,
            None => {
                self.ages.insert(self.next, agent);
                runs.push_back(Run { run, calls: Vec::new(), bytes: 0, number: self.next });
                self.next += 1;
                let Some(known) = runs.back_mut() else { return };
                known
            }
        };
        known.calls.push((place, Arc::new(kept)));
        known.bytes += bytes;
        self.bytes += bytes;
        self.shrink(agent);
    }

    /// Lets the oldest runs go until everything is within its bounds: those of the agent first.
    fn shrink(&mut self, agent: u64) {
        let too_much = |runs: &VecDeque<Run>, most: usize| {
            runs.len() > MOST_RUNS || runs.iter().map(|run| run.bytes).sum::<usize>() > most
        };
        while self.agents.get(&agent).is_some_and(|runs| too_much(runs, self.of_agent)) {
            self.drop_oldest(agent);
        }
        while self.bytes > self.of_all {
            let Some(agent) = self.ages.first_key_value().map(|(_, agent)| *agent) else { return };
            self.drop_oldest(agent);
        }
    }

    fn drop_oldest(&mut self, agent: u64) {
        let oldest = self.agents.get_mut(&agent).and_then(VecDeque::pop_front);
        if let Some(oldest) = oldest {
            self.bytes -= oldest.bytes;
            self.ages.remove(&oldest.number);
        }
        if self.agents.get(&agent).is_some_and(VecDeque::is_empty) {
            self.agents.remove(&agent);
        }
    }

    fn forget(&mut self, agent: u64) {
        for run in self.agents.remove(&agent).into_iter().flatten() {
            self.bytes -= run.bytes;
            self.ages.remove(&run.number);
        }
    }

    fn of_run(&self, agent: u64, run: Uuid) -> Vec<(usize, Arc<Kept>)> {
        let known = self.agents.get(&agent).into_iter().flatten().find(|known| known.run == run);
        known.map(|run| run.calls.clone()).unwrap_or_default()
    }
}

impl Agent {
    /// What models were asked in a run, exactly, one entry for each of
    /// [`RunRecord::model_calls`](crate::turn::RunRecord::model_calls), in their order; `None` where it is not kept. Shorter than
    /// these, or empty, where nothing of the last ones is kept.
    ///
    /// Kept are, in memory only, the last 100 runs and 8 MiB of an agent, 64 MiB of a process, unless the character says
    /// `limits.keep-prompts = false`; a prompt above 2 MiB is not.
    #[must_use]
    pub fn prompts(&self, run: Uuid) -> Vec<Option<Arc<KeptPrompt>>> {
        let calls = self.shared().prompts.of_run(run);
        let length = calls.iter().map(|(place, _)| place + 1).max().unwrap_or(0);
        let mut all = vec![None; length];
        for (place, kept) in calls {
            all[place] = Some(Arc::new(kept.told()));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Purpose;

    fn put(shelf: &mut Shelf, agent: u64, run: Uuid, place: usize, kept: Kept) {
        let bytes = kept.bytes();
        shelf.put(agent, run, place, kept, bytes);
    }

    fn kept(text: &str) -> Kept {
        Kept {
            kind: ModelKind::TextLarge,
            plugin: "puppet".to_owned(),
            model: "puppet-1".to_owned(),
            request: Arc::new(ModelRequest::new(Purpose::Decide, text)),
            answer: Ok((&ModelAnswer { vectors: vec![vec![0.5]], ..ModelAnswer::text("yes") }).into()),
        }
    }

    #[test]
    fn the_oldest_go_first_and_nothing_is_above_its_bounds() {
        let run = |number: u128| Uuid::from_u128(number);
        let text = "x".repeat(9_000);
        let mut shelf = Shelf::new(100_000, 250_000);
        for number in 0..20 {
            put(&mut shelf, 1, run(number), 0, kept(&text));
        }
        assert!(shelf.of_run(1, run(0)).is_empty() && !shelf.of_run(1, run(19)).is_empty());
        assert!(shelf.bytes <= 100_000, "{}", shelf.bytes);
        // A call of an older run belongs to that one.
        put(&mut shelf, 1, run(19), 1, kept("short"));
        assert_eq!(shelf.of_run(1, run(19)).len(), 2);
        for agent in 2..5 {
            for number in 0..20 {
                put(&mut shelf, agent, run(number), 0, kept(&text));
            }
        }
        assert!(shelf.bytes <= 250_000, "{}", shelf.bytes);
        assert!(shelf.of_run(1, run(19)).is_empty(), "the oldest of all went");
        assert!(!shelf.of_run(4, run(19)).is_empty());
        put(&mut shelf, 4, run(99), 0, kept(&"x".repeat(200_000)));
        assert!(shelf.of_run(4, run(99)).is_empty(), "too large");
        for number in 100..300 {
            put(&mut shelf, 5, run(number), 0, kept(""));
        }
        assert_eq!(shelf.agents.get(&5).map(VecDeque::len), Some(MOST_RUNS));
        for agent in 1..6 {
            shelf.forget(agent);
        }
        assert_eq!((shelf.bytes, shelf.agents.len(), shelf.ages.len()), (0, 0, 0));
    }

    #[test]
    fn what_is_told_has_no_secrets() {
        let told = kept("my api_key=abc123").told();
        assert_eq!(told.request["lines"][0]["text"], "my api_key=[secret]");
        assert_eq!((told.kind, told.answer["text"].as_str()), (ModelKind::TextLarge, Some("yes")));
        assert_eq!(told.answer["vectors"], 1);
    }
}
