//! Runs the tests that plugins ship, side by side.

use super::{PluginTest, stand_in::locked};
use crate::{definition::TestDef, registry::Registry};
use futures_util::{FutureExt, StreamExt, stream};
use serde::Serialize;
use std::{
    any::Any,
    cell::RefCell,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, PanicHookInfo},
    time::{Duration, Instant},
};

/// Which tests run.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Of these plugins only, by name; none means all.
    pub plugins: Vec<String>,
    /// Only where `plugin::name` contains this.
    pub containing: Option<String>,
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "why")]
pub enum TestOutcome {
    /// As it should.
    Passed,
    /// It said so itself, or panicked; the text says why.
    Failed(String),
    /// It took longer than it may.
    Timeout(#[serde(serialize_with = "crate::text::duration::serialize")] Duration),
}

/// What became of one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TestReport {
    /// The plugin that ships it.
    pub plugin: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: TestOutcome,
    /// How long it took, in microseconds.
    pub micros: u64,
}

impl TestReport {
    /// Whether the test passed.
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.outcome == TestOutcome::Passed
    }
}

/// The tests of a registry that are chosen, by plugin and name.
#[must_use]
pub fn choose(registry: &Registry, chosen: &Chosen) -> Vec<&'static TestDef> {
    let of_plugin = |name: &str| chosen.plugins.is_empty() || chosen.plugins.iter().any(|one| one == name);
    let plugins = registry.iter().filter(|plugin| of_plugin(plugin.def.name));
    let mut tests: Vec<&'static TestDef> = plugins.flat_map(|plugin| plugin.tests.iter().copied()).collect();
    if let Some(text) = &chosen.containing {
        tests.retain(|test| format!("{}::{}", test.plugin, test.name).contains(text.as_str()));
    }
    tests.sort_by_key(|test| (test.plugin, test.name));
    tests
}

/// Runs tests, at most so many side by side, each on a task of its own: a panic or a test that hangs ends that test only.
/// `told` hears of each at its end. The reports come in the order of the tests.
pub async fn run_tests(
    registry: &Registry,
    tests: &[&'static TestDef],
    side_by_side: NonZeroUsize,
    told: impl FnMut(&TestReport) + Send,
) -> Vec<TestReport> {
    let told = std::sync::Mutex::new(told);
    let runs = tests.iter().map(|&test| {
        let (test, told) = (PluginTest::new(test, registry.clone()), &told);
        async move {
            let report = run(test).await;
            (*locked(told))(&report);
            report
        }
    });
    stream::iter(runs).buffered(side_by_side.get()).collect().await
}

async fn run(test: PluginTest) -> TestReport {
    let def = test.definition();
    let begun = Instant::now();
    let mut running = tokio::spawn(caught(test));
    let outcome = match tokio::time::timeout(def.timeout, &mut running).await {
        Ok(Ok(Ok(()))) => TestOutcome::Passed,
        Ok(Ok(Err(why))) => TestOutcome::Failed(why),
        Ok(Err(error)) => TestOutcome::Failed(error.to_string()),
        Err(_) => {
            running.abort();
            TestOutcome::Timeout(def.timeout)
        }
    };
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    TestReport { plugin: def.plugin, name: def.name, outcome, micros }
}

/// Runs the test itself; a panic becomes its error.
async fn caught(test: PluginTest) -> Result<(), String> {
    let call = test.definition().call;
    let outcome = AssertUnwindSafe(async move { call(test).await }).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(panic_text(&*panic)))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    // The panic was caught on the thread on which it began.
    match PLACE.take() {
        Some(place) => format!("panicked at {place}: {text}"),
        None => format!("panicked: {text}"),
    }
}

thread_local! {
    /// Where the last panic of this thread began.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// From now on, panics of this process are not printed, and reports of tests say where they began. For programs that do
/// nothing but run tests.
pub fn note_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        PLACE.set(panic.location().map(ToString::to_string));
    }));
}
