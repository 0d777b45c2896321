//! Tests are registered as they are declared, with their parameters in any order.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    prelude::*,
    registry::Registry,
    testing::{HttpDouble, PluginTest as Renamed, TestAgent, TestResult},
};
use std::time::Duration;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Does nothing, and does it well.
#[plugin_test]
async fn rests() {}

/// Has everything.
///
/// And more.
#[plugin_test(plugin = Weather, config = "units = \"metric\"", timeout = "5s")]
async fn has_everything(_http: HttpDouble, _test: Renamed, _agent: TestAgent) -> TestResult {
    Ok(())
}

/// Fails with an error of its own.
#[plugin_test]
async fn fails(test: Renamed) -> Result<(), String> {
    Err(test.definition().name.to_owned())
}

fn main() {
    let registry = Registry::linked().expect("a registry");
    let tests = &registry.get("weather").expect("the plugin").tests;
    let told: Vec<_> =
        tests.iter().map(|test| (test.name, test.description, test.config, test.timeout)).collect();
    assert_eq!(told.len(), 3);
    for test in [
        ("rests", "Does nothing, and does it well.", "", Duration::from_secs(60)),
        ("has_everything", "Has everything.\n\nAnd more.", "units = \"metric\"", Duration::from_secs(5)),
        ("fails", "Fails with an error of its own.", "", Duration::from_secs(60)),
    ] {
        assert!(told.contains(&test), "{test:?} in {told:?}");
    }
}
