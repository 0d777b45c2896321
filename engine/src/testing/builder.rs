//! What a test says of its agent before it starts.

use super::{
    Script, TestAgent, TestError,
    agent::Setting,
    character::{Wanted, merge},
    double::ModelDouble,
    stand_in::{self, StandIn},
};
use crate::{
    agent::StartOptions,
    character::Document,
    clock::Clock,
    definition::Plugin,
    diagnostic::{Source, render_all},
    plan::{Options, Plan},
    registry::Registry,
    store::{InMemory, Store},
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// How long a turn may take before the test fails, if it does not say.
const PATIENCE: Duration = Duration::from_secs(30);

/// An agent that is not started yet. Made by [`TestAgent::with`], [`TestAgent::from_toml`] and
/// [`PluginTest::agent`](super::PluginTest::agent).
///
/// ```
/// # use galatea::testing::{Script, TestAgent, TestResult};
/// # use serde_json::json;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"")
///     .character(json!({ "bio": "Keeps the weather log.", "respond": { "only-followed": true } }))
///     .model(Script::new().says("Yes?").forever())
///     .clock("2026-01-01T12:00:00Z")
///     .start()
///     .await?;
/// assert!(agent.character().respond.only_followed);
/// agent.mention("Ada?").await?.assert_replied("Yes?");
///
/// let mistake = TestAgent::from_toml("nmae = \"Ada\"").start().await.expect_err("a mistake");
/// assert!(mistake.to_string().contains("did you mean `name`?"), "{mistake}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[must_use = "the agent runs after `.start().await?`"]
pub struct TestAgentBuilder {
    wanted: Wanted,
    registry: Option<Registry>,
    double: Option<Arc<dyn ModelDouble>>,
    real_models: bool,
    real_storages: Option<Vec<String>>,
    store: Option<Arc<dyn Store>>,
    clock: Option<String>,
    listens: bool,
    tests: bool,
    patience: Option<Duration>,
    /// What was said and makes no sense; told at the start.
    mistakes: Vec<String>,
}

impl TestAgentBuilder {
    /// One more plugin, with what it requires. A storage plugin that is named like this opens its own storage.
    pub fn plugin<P: Plugin>(self) -> Self {
        self.plugin_named(P::NAME)
    }

    pub(super) fn plugin_named(mut self, name: &str) -> Self {
        self.wanted.plugin(name);
        self.real_storages.get_or_insert_default().push(name.to_owned());
        self
    }

    /// The config of a plugin, a JSON object: what would stand in `[plugins.<name>]`. Said twice, later keys win. A secret may
    /// be written as a text: the character gets a reference to a file that is there for as long as the agent.
    pub fn config<P: Plugin>(self, config: Value) -> Self {
        self.config_of(P::NAME, config)
    }

    pub(super) fn config_of(mut self, plugin: &str, config: Value) -> Self {
        match config {
            Value::Object(config) => merge(self.wanted.plugin(plugin), config),
            other => self.mistakes.push(format!("the config of `{plugin}` is not a JSON object: {other}")),
        }
        self
    }

    /// One more scope of a kind of permission (`network`, `filesystem`, `process`, `environment`) for a plugin.
    pub fn grant<P: Plugin>(mut self, kind: &str, scope: &str) -> Self {
        self.wanted.scopes(P::NAME, kind).push(scope.to_owned());
        self
    }

    /// Grants what [`grant`](Self::grant) says and nothing else. Without this, everything is granted that the plugins
    /// declare.
    pub fn grants_only(mut self) -> Self {
        self.wanted.grants_only = true;
        self
    }

    /// More of the character, a JSON object with the keys of a character file: `bio`, `respond`, `limits` …
    pub fn character(mut self, keys: Value) -> Self {
        match keys {
            Value::Object(keys) => self.wanted.add(keys),
            other => self.mistakes.push(format!("the character is not a JSON object: {other}")),
        }
        self
    }

    /// The character's name. Default: `Tess`.
    pub fn named(self, name: &str) -> Self {
        self.character(serde_json::json!({ "name": name }))
    }

    /// What answers in the place of models: a [`Script`], a [`Recording`](super::Recording), a double of your own. Default:
    /// a script without answers. It is not asked again where it fails, unless `limits.model-retries` says so.
    pub fn model(mut self, double: impl ModelDouble) -> Self {
        self.double = Some(Arc::new(double));
        self
    }

    /// No double: the models of the agent's plugins answer.
    pub fn real_models(mut self) -> Self {
        self.real_models = true;
        self
    }

    /// The plugins to choose from. Default: those that are linked into the test.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }

    /// The storage. Default: a new one in memory.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// What time it is, e.g. `2026-01-01T12:00:00Z`; the time stands still until [`TestAgent::advance`] moves it.
    /// Default: the system's clock.
    pub fn clock(mut self, at: &str) -> Self {
        self.clock = Some(at.to_owned());
        self
    }

    /// Servers that the agent has listen; without this they start and open nothing.
    pub fn listens(mut self) -> Self {
        self.listens = true;
        self
    }

    /// How long a turn may take before the test fails. Default: 30 s.
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = Some(limit);
        self
    }

    /// Loads what only the tests of the plugins require, too.
    pub(super) fn with_test_requirements(mut self) -> Self {
        self.tests = true;
        self
    }

    pub(super) fn of_keys(keys: Map<String, Value>) -> Self {
        Self::default().character(Value::Object(keys))
    }

    pub(super) fn mistaken(why: String) -> Self {
        Self { mistakes: vec![why], ..Self::default() }
    }

    /// Makes the plan and starts the agent.
    ///
    /// # Errors
    /// Everything that is wrong with the character, as `galatea check` tells it; or why a plugin was refused.
    pub async fn start(mut self) -> Result<TestAgent, TestError> {
        if !self.mistakes.is_empty() {
            return Err(TestError::Wrong(self.mistakes.join("\n")));
        }
        let clock = match &self.clock {
            Some(text) => Clock::fixed(text.parse().map_err(|error| {
                TestError::Wrong(format!("`{text}` is no time: {error}; write e.g. 2026-01-01T12:00:00Z"))
            })?),
            None => Clock::system(),
        };
        let stand_in = (!self.real_models).then(|| {
            let double = self.double.take().unwrap_or_else(|| Arc::new(Script::new()));
            StandIn::new(double, self.wanted.take_picked())
        });
        self.wanted.double = stand_in.as_ref().map(|stand_in| stand_in.number);
        let registry = self.linked()?;
        let options = Options { tests: self.tests, ..Options::default() };
        let secrets = self.wanted.hide_secrets(&registry).map_err(|error| {
            TestError::Wrong(format!("a secret of the test cannot be written to a temporary file: {error}"))
        })?;
        let plan = plan(self.wanted, &registry, &options)?;
        let opens = |name: &str| registry.get(name).is_some_and(|plugin| plugin.storage.is_some());
        let remembers_itself = plan.plugins.iter().any(|plugin| opens(plugin.name));
        let store = (!remembers_itself).then(|| self.store.unwrap_or_else(|| Arc::new(InMemory::new())));
        let options = StartOptions { clock, store, listens: self.listens, ..StartOptions::default() };
        let patience = self.patience.unwrap_or(PATIENCE);
        let setting = Setting { plan, registry, options, stand_in, patience, _secrets: secrets };
        TestAgent::start(Arc::new(setting)).await
    }

    /// The plugins to choose from, with the double's own, and without storages that nobody asked for.
    fn linked(&mut self) -> Result<Registry, TestError> {
        let registry = self.registry.take().map_or_else(Registry::linked, Ok).map_err(TestError::Registry)?;
        let asked_for = self.real_storages.take().unwrap_or_default();
        let registry = registry.without_storages_but(&asked_for);
        registry.with(stand_in::submissions()).map_err(TestError::Registry)
    }
}

fn plan(wanted: Wanted, registry: &Registry, options: &Options) -> Result<Arc<Plan>, TestError> {
    let toml = wanted
        .toml(registry)
        .map_err(|error| TestError::Wrong(format!("the character cannot be written as TOML: {error}")))?;
    let source = Source { path: "the test's character".to_owned(), text: toml.into() };
    let (document, syntax) = Document::parse(source);
    match Plan::examine(registry, &document, options, syntax) {
        Ok((plan, _warnings)) => Ok(Arc::new(plan)),
        Err(report) => Err(TestError::Character(render_all(&[report], false))),
    }
}
