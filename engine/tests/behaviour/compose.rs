//! Which providers run, in which order their texts stand, and what becomes of those that fail: golden `composeState`.

use crate::support::{ask, golden, start};
use galatea::prelude::*;
use serde_json::{Map, Value};
use std::time::Duration;

#[plugin("stage")]
/// Providers of the golden file: registered in this order, by name within a position.
pub struct Stage;

fn told(name: &str, text: &str) -> Context {
    let mut values = Map::new();
    values.insert("shared".to_owned(), name.into());
    values.insert(format!("v_{name}"), true.into());
    Context { text: text.to_owned(), values, data: Value::from(name) }
}

/// Position 10.
#[provider(plugin = Stage, name = "Z", position = 10)]
async fn z() -> Context {
    told("Z", "T_Z")
}

/// Only when named.
#[provider(plugin = Stage, name = "DYN", dynamic)]
async fn dynamic() -> Context {
    told("DYN", "T_DYN")
}

/// Only when named, never listed.
#[provider(plugin = Stage, name = "PRIV", private)]
async fn private() -> Context {
    told("PRIV", "T_PRIV")
}

/// Position -5.
#[provider(plugin = Stage, name = "A", position = -5)]
async fn a() -> Context {
    told("A", "T_A")
}

/// Position 0.
#[provider(plugin = Stage, name = "N1")]
async fn n1() -> Context {
    told("N1", "T_N1")
}

/// Position 0.
#[provider(plugin = Stage, name = "N2")]
async fn n2() -> Context {
    told("N2", "T_N2")
}

/// Blank text stands nowhere.
#[provider(plugin = Stage, name = "BLANK")]
async fn blank() -> Context {
    told("BLANK", "  ")
}

/// Fails; the others stay.
#[provider(plugin = Stage, name = "BROKEN")]
async fn broken() -> Result<Context, String> {
    Err("no connection".to_owned())
}

/// Panics; the others stay.
#[provider(plugin = Stage, name = "PANICS")]
async fn panics() -> Context {
    panic!("a bug")
}

/// Too slow; the others do not wait for ever.
#[provider(plugin = Stage, name = "SLOW", timeout = "30ms")]
async fn slow() -> Context {
    tokio::time::sleep(Duration::from_secs(60)).await;
    told("SLOW", "T_SLOW")
}

#[plugin("looker")]
/// Looks at what the providers told.
pub struct Looker;

/// Gives the composed text.
#[action(plugin = Looker)]
async fn look(state: State) -> String {
    format!("{} shared={}", state.text.replace('\n', ","), state.values["shared"])
}

#[tokio::test]
async fn the_order_is_that_of_elizaos_and_failures_stay_alone() {
    let golden = golden("core-runtime.json")["composeState"]["default"].clone();
    let wanted = golden["text"].as_str().unwrap().replace('\n', ",");
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.stage]\n[plugins.looker]").await;
    let (said, record) = ask(&agent, "do LOOK").await;
    assert_eq!(said, [format!("[{wanted} shared={}]", golden["shared"])]);

    let left_out: Vec<(&str, &str)> = record
        .providers
        .iter()
        .filter_map(|p| Some((p.name.as_str(), p.error.as_deref()?)))
        .take(3)
        .collect();
    assert_eq!(
        left_out,
        [
            ("BROKEN", "no connection"),
            ("PANICS", "panicked: a bug"),
            ("SLOW", "took longer than 30ms and was stopped"),
        ]
    );
    let ran: Vec<&str> =
        record.providers.iter().filter(|p| p.error.is_none()).map(|p| p.name.as_str()).take(5).collect();
    assert_eq!(ran, ["A", "BLANK", "N1", "N2", "Z"], "dynamic and private ones do not run unasked");
}

#[plugin("watcher")]
/// Watches the turn go on.
pub struct Watcher;

/// Reads what actions change.
#[provider(plugin = Watcher, name = "WATCH")]
async fn watch(state: State) -> String {
    format!("values: {}", state.values.len())
}

/// Reads what stays.
#[provider(plugin = Watcher, name = "STAY")]
async fn stay(message: Message) -> String {
    message.content.text.clone()
}

#[tokio::test]
async fn after_actions_only_those_run_again_that_read_what_changed() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.watcher]\n[plugins.looker]").await;
    let (_, record) = ask(&agent, "do NOTHING_SUCH").await;
    let ran: Vec<&str> = record.providers.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(ran, ["STAY", "WATCH", "WATCH"]);
}
