//! The definition of a test that a plugin ships.

use super::{HandlerFuture, Origin};
use crate::testing::PluginTest;
use std::time::Duration;

/// Runs a plugin's test; the error says why it failed.
pub type TestCall = fn(PluginTest) -> HandlerFuture<'static, Result<(), String>>;

/// A test that a plugin ships: a function annotated with `#[plugin_test]`. `galatea test` runs it; nothing else does.
#[derive(Debug)]
pub struct TestDef {
    /// The function's name, unique in a plugin.
    pub name: &'static str,
    /// The doc comment: what the plugin does if the test passes.
    pub description: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// The plugin's config in this test, as TOML: what would stand below `[plugins.<name>]`. Default: nothing.
    pub config: &'static str,
    /// How long it may take. Default 60 s.
    pub timeout: Duration,
    /// Runs it.
    pub call: TestCall,
}
