//! What the tests that a plugin ships begin with.

use super::{HttpDouble, TestAgent, TestAgentBuilder};
use crate::{
    definition::{HandlerFuture, TestDef},
    registry::Registry,
};
use serde_json::{Map, Value};

/// What a plugin's test begins with: the plugin, the config that the test gives it, and what its tests require.
///
/// ```standalone_crate
/// use galatea::{prelude::*, registry::Registry, testing::{Chosen, PluginTest, Script, TestResult, choose, run_tests}};
/// use serde_json::json;
/// use std::num::NonZeroUsize;
///
/// /// Greets people.
/// #[plugin("greeter")]
/// pub struct Greeter;
///
/// /// Greets somebody.
/// #[action(plugin = Greeter)]
/// async fn greet() -> &'static str {
///     "Hello!"
/// }
///
/// /// Greets when it is asked to.
/// #[plugin_test(plugin = Greeter, timeout = "10s")]
/// async fn greets(test: PluginTest) -> TestResult {
///     let agent = test.agent().model(Script::new().calls("GREET", json!({})).says("Done.")).start().await?;
///     agent.says("Say hello.").await?.assert_ran("GREET");
///     agent.stop().await;
///     Ok(())
/// }
///
/// // What `galatea test` does.
/// #[tokio::main]
/// async fn main() {
///     let registry = Registry::linked().expect("the plugins of this program");
///     let tests = choose(&registry, &Chosen::default());
///     let reports = run_tests(&registry, &tests, NonZeroUsize::MIN, |_| {}).await;
///     assert!(reports.len() == 1 && reports[0].has_passed(), "{reports:?}");
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PluginTest {
    def: &'static TestDef,
    registry: Registry,
}

impl PluginTest {
    /// The beginning of a test; the plugins of its agent come from a registry.
    #[must_use]
    pub const fn new(def: &'static TestDef, registry: Registry) -> Self {
        Self { def, registry }
    }

    /// An agent with the plugin, what it requires, and what its tests require. A clone of the test gives another agent.
    pub fn agent(&self) -> TestAgentBuilder {
        let builder = TestAgentBuilder::default().registry(self.registry.clone()).with_test_requirements();
        match toml::from_str::<Map<String, Value>>(self.def.config) {
            Ok(config) => {
                builder.plugin_named(self.def.plugin).config_of(self.def.plugin, Value::Object(config))
            }
            Err(error) => {
                TestAgentBuilder::mistaken(format!("the config of the test is not valid TOML: {error}"))
            }
        }
    }

    /// The definition of the test.
    #[must_use]
    pub const fn definition(&self) -> &'static TestDef {
        self.def
    }
}

/// What a function with `#[plugin_test]` may take: [`PluginTest`], a running [`HttpDouble`], or a [`TestAgent`] that was
/// started as [`PluginTest::agent`] says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a plugin's test",
    label = "not known to tests",
    note = "take `PluginTest` (from which an agent is made), `HttpDouble` (a server that is running) or `TestAgent`"
)]
pub trait FromTest: Sized + Send + 'static {
    /// Makes the value.
    fn from_test(test: &PluginTest) -> impl Future<Output = Result<Self, String>> + Send;
}

/// How generated code makes a parameter.
#[doc(hidden)]
pub type FromTestCall<T> = for<'a> fn(&'a PluginTest) -> HandlerFuture<'a, Result<T, String>>;

/// The one mention of a parameter's type in generated code: all that is asked of it is asked here.
#[doc(hidden)]
#[must_use]
pub const fn from_test<T: FromTest>() -> FromTestCall<T> {
    |test| Box::pin(T::from_test(test))
}

impl FromTest for PluginTest {
    async fn from_test(test: &PluginTest) -> Result<Self, String> {
        Ok(test.clone())
    }
}

impl FromTest for HttpDouble {
    async fn from_test(_test: &PluginTest) -> Result<Self, String> {
        Self::start().await.map_err(|error| format!("no server could be started: {error}"))
    }
}

impl FromTest for TestAgent {
    async fn from_test(test: &PluginTest) -> Result<Self, String> {
        test.agent().start().await.map_err(|error| error.to_string())
    }
}
