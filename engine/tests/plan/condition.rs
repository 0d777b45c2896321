//! Which plugins run here and now.

use crate::support::{examine, plugin};
use galatea::plan::{Activation, Condition, Surroundings};
use serde_json::json;

#[test]
fn a_condition_says_when() {
    for (table, words) in [
        (json!({}), "always"),
        (json!({ "enabled": true }), "always"),
        (json!({ "enabled": false }), "never"),
        (json!({ "enabled": { "env": "KEY" } }), "if KEY is set"),
        (json!({ "enabled": { "reachable": "http://here:1" } }), "if http://here:1 answers"),
        (json!({ "fallback": "text-large" }), "if nothing else serves `text-large`"),
        (
            json!({ "enabled": { "reachable": "here:1" }, "fallback": "a" }),
            "if here:1 answers and nothing else serves `a`",
        ),
        (
            json!({ "enabled": { "env": "KEY" }, "fallback": ["a", "b"] }),
            "if KEY is set and nothing else serves `a`, `b`",
        ),
        (json!({ "enabled": 7, "fallback": 7 }), "always"),
    ] {
        assert_eq!(Condition::of(table.as_object().unwrap()).to_string(), words);
    }
}

#[test]
fn the_environment_and_the_others_decide() {
    let plugins = [
        plugin("hosted").serves(&["text-large", "text-embedding"]),
        plugin("local").serves(&["text-large"]).priority(-5),
        plugin("offline").serves(&["text-large"]).priority(-9),
        plugin("rag").needs("text-embedding"),
        plugin("tool").requires(&["hosted"]),
    ];
    let models = "name = 'Ada'\n[plugins.hosted]\nenabled = { env = 'KEY' }\n[plugins.local]\nfallback = 'text-large'\n[plugins.offline]\nfallback = ['text-large']\n";
    for (more, key, outcome) in [
        ("", Some("k"), "hosted"),
        ("", Some("  "), "local"),
        ("", None, "local"),
        ("[plugins.rag]\n", Some("k"), "hosted rag"),
        (
            "[plugins.rag]\n",
            None,
            "plugin `rag` needs a plugin that serves `text-embedding`, and all that do are switched off; enable one of: hosted",
        ),
        ("[plugins.tool]\n", Some("k"), "hosted tool"),
        (
            "[plugins.tool]\n",
            None,
            "plugin `tool` requires `hosted`, which is switched off: KEY is not set; give both the same `enabled`",
        ),
        ("[plugins.tool]\nenabled = { env = 'KEY' }\n", None, "local"),
    ] {
        let (plan, _) = examine(&plugins, &format!("{models}{more}")).unwrap();
        let lookup = |name: &str| key.filter(|_| name == "KEY").map(str::to_owned);
        let found = match plan.activate(&lookup) {
            Ok(decided) => {
                let running = decided.iter().filter(|(_, state)| **state == Activation::Enabled);
                running.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
            }
            Err(conflicts) => conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        };
        assert_eq!(found, outcome, "{more:?} {key:?}");
    }
}

#[test]
fn of_two_fallbacks_the_higher_priority_runs() {
    let plugins = [plugin("a").serves(&["text-large"]), plugin("b").serves(&["text-large"]).priority(1)];
    let both = "name = 'Ada'\n[plugins.a]\nfallback = 'text-large'\n[plugins.b]\nfallback = 'text-large'\n";
    let (plan, _) = examine(&plugins, both).unwrap();
    let decided = plan.activate(&|_| None).unwrap();
    assert_eq!(decided["b"], Activation::Enabled);
    assert_eq!(decided["a"], Activation::Disabled { why: "another plugin serves `text-large`".to_owned() });
}

#[test]
fn a_server_that_answers_switches_a_plugin_on() {
    let plugins = [plugin("local").serves(&["text-large"]), plugin("offline").serves(&["text-large"])];
    let text = "name = 'Ada'\n[plugins.local]\nenabled = { reachable = 'http://here:1' }\n[plugins.offline]\nfallback = 'text-large'\n";
    let (plan, _) = examine(&plugins, text).unwrap();
    for (there, local) in [(true, Ok(())), (false, Err("nothing answers at http://here:1"))] {
        let reachable = |address: &str| there && address == "http://here:1";
        let decided = plan.activate_in(Surroundings { lookup: &|_| None, reachable: &reachable }).unwrap();
        let wanted =
            local.map_or_else(|why| Activation::Disabled { why: why.to_owned() }, |()| Activation::Enabled);
        assert_eq!(decided["local"], wanted);
        assert_eq!(decided["offline"] == Activation::Enabled, !there, "it stands in");
    }
    // Who does not ask for servers finds none.
    assert!(plan.activate(&|_| None).unwrap()["local"] != Activation::Enabled);
}
