//! The tests that plugins ship.

use galatea::{
    prelude::*,
    registry::Registry,
    testing::{
        Chosen, HttpDouble, PluginTest, Script, TestAgent, TestOutcome, TestResult, choose, run_tests,
    },
};
use serde_json::json;
use std::{num::NonZeroUsize, time::Duration};

/// What only tests need.
#[plugin("kit-scaffold")]
pub struct Scaffold;

/// Holds.
#[action(plugin = Scaffold)]
async fn hold() -> &'static str {
    "it holds"
}

/// How the tower is.
#[config]
pub struct Plan0 {
    /// How high it gets.
    pub floors: u32,
}

/// Is built.
#[plugin("kit-tower", tests(Scaffold), config = Plan0)]
pub struct Tower;

/// Tells the height.
#[action(plugin = Tower)]
async fn measure_tower(config: Config<Tower>) -> String {
    format!("{} floors", config.floors)
}

/// Stands as high as its config says, beside the scaffold that only tests have.
#[plugin_test(plugin = Tower, config = "floors = 7")]
async fn stands(test: PluginTest, agent: TestAgent) -> TestResult {
    assert!(agent.has::<Scaffold>());
    assert_eq!(agent.run_action("HOLD", json!({})).await?.text.as_deref(), Some("it holds"));
    assert_eq!(agent.run_action("MEASURE_TOWER", json!({})).await?.text.as_deref(), Some("7 floors"));
    let higher = test.agent().config::<Tower>(json!({ "floors": 9 }));
    let higher = higher.model(Script::new().calls("MEASURE_TOWER", json!({})).says("Nine.")).start().await?;
    let turn = higher.says("How high?").await?;
    turn.assert_replied("Nine.");
    Ok(())
}

/// Falls, and says so.
#[plugin_test(plugin = Tower)]
async fn falls(_test: PluginTest) -> Result<(), String> {
    Err("it fell".to_owned())
}

/// Panics.
#[plugin_test(plugin = Tower)]
async fn panics(_http: HttpDouble) {
    assert_eq!(1 + 1, 3, "arithmetic");
}

/// Never ends.
#[plugin_test(plugin = Tower, timeout = "50ms")]
async fn leans() {
    std::future::pending::<()>().await;
}

/// Lacks the config that the plugin needs.
#[plugin_test(plugin = Tower)]
async fn lacks_config(_agent: TestAgent) {}

#[tokio::test]
async fn tests_run_apart_from_each_other() {
    let registry = Registry::linked().unwrap();
    let chosen = Chosen { plugins: vec!["kit-tower".to_owned()], containing: None };
    let tests = choose(&registry, &chosen);
    assert_eq!(
        tests.iter().map(|test| test.name).collect::<Vec<_>>(),
        ["falls", "lacks_config", "leans", "panics", "stands"]
    );
    let mut told = Vec::new();
    let side_by_side = NonZeroUsize::new(2).unwrap();
    let reports = run_tests(&registry, &tests, side_by_side, |report| told.push(report.name)).await;
    told.sort_unstable();
    assert_eq!(told, tests.iter().map(|test| test.name).collect::<Vec<_>>());
    let outcome = |name: &str| reports.iter().find(|report| report.name == name).unwrap().outcome.clone();
    let why = |name: &str| match outcome(name) {
        TestOutcome::Failed(why) => why,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(outcome("stands"), TestOutcome::Passed);
    assert_eq!(why("falls"), "it fell");
    assert!(
        why("panics").starts_with("panicked: assertion `left == right` failed: arithmetic"),
        "{}",
        why("panics")
    );
    assert_eq!(outcome("leans"), TestOutcome::Timeout(Duration::from_millis(50)));
    assert!(why("lacks_config").contains("`floors`"), "{}", why("lacks_config"));
}

#[tokio::test]
async fn what_tests_require_is_loaded_for_them_only() -> TestResult {
    let agent = TestAgent::with::<Tower>().config::<Tower>(json!({ "floors": 1 })).start().await?;
    assert!(!agent.has::<Scaffold>(), "a usual agent has no scaffold");
    assert!(agent.plan().plugin("kit-scaffold").is_none());
    agent.stop().await;
    Ok(())
}

#[test]
fn tests_are_chosen_by_plugin_and_text() {
    let registry = Registry::linked().unwrap();
    let names = |plugins: &[&str], containing: Option<&str>| {
        let plugins = plugins.iter().map(|&name| name.to_owned()).collect();
        let chosen = Chosen { plugins, containing: containing.map(str::to_owned) };
        choose(&registry, &chosen).iter().map(|test| test.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[], Some("tower::l")), ["lacks_config", "leans"]);
    assert_eq!(names(&["kit-scaffold"], None), [""; 0]);
    assert_eq!(names(&["kit-tower"], Some("stands")), ["stands"]);
    let tower = registry.get("kit-tower").unwrap();
    assert_eq!(tower.tests.len(), 5);
    assert_eq!(galatea::plan::Components::of(tower).tests.len(), 5);
}
