//! Which providers run, in which order their texts stand, and what becomes of those that fail: golden `composeState`.

use crate::support::{ask, golden, message, start, turn};
use galatea::{agent::Incoming, prelude::*, turn::Selection};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

#[plugin("stage")]
/// Providers of the golden file: registered in this order, by name within a position.
pub struct Stage;

fn told(name: &str, text: &str) -> Context {
    let mut values = Map::new();
    values.insert("shared".to_owned(), name.into());
    values.insert(format!("v_{name}"), true.into());
    Context { text: text.to_owned(), values, data: Value::from(name), ..Context::default() }
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

/// What to run.
#[derive(Deserialize, JsonSchema)]
struct Wanted {
    /// `with A+B` or `only A+B`.
    value: String,
}

/// Runs providers by name.
#[action(plugin = Looker)]
async fn look_for(Args(Wanted { value }): Args<Wanted>, compose: Compose) -> String {
    let (how, names) = value.split_once(' ').unwrap_or((&value, ""));
    let names: Vec<&str> = names.split('+').filter(|name| !name.is_empty()).collect();
    match how {
        "with" => compose.with(&names).await.text.replace('\n', " "),
        _ => compose.only(&names).await.text.replace('\n', " "),
    }
}

#[tokio::test]
async fn an_action_chooses_providers() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.stage]\n[plugins.looker]").await;
    for (wanted, told, left_out) in [
        ("with", "T_A T_N1 T_N2 T_Z", None),
        ("with DYN", "T_A T_DYN T_N1 T_N2 T_Z", None),
        ("with PRIV+Z", "T_A T_N1 T_N2 T_PRIV T_Z", None),
        ("with NOPE", "T_A T_N1 T_N2 T_Z", Some(("NOPE", "there is no provider NOPE"))),
        ("only Z+A", "T_A T_Z", None),
        ("only DYN+PRIV", "T_DYN T_PRIV", None),
        ("only", "T_A T_N1 T_N2 T_Z", None),
        ("only priv", "", Some(("priv", "there is no provider priv; did you mean PRIV?"))),
        ("only NOPE+Z", "T_Z", Some(("NOPE", "there is no provider NOPE"))),
        ("only BROKEN+Z", "T_Z", Some(("BROKEN", "no connection"))),
        ("only PANICS+Z", "T_Z", Some(("PANICS", "panicked: a bug"))),
        ("only SLOW+Z", "T_Z", Some(("SLOW", "took longer than 30ms and was stopped"))),
    ] {
        let (said, record) = ask(&agent, &format!("do LOOK_FOR={wanted},LOOK")).await;
        let seen = told.replace(' ', ",");
        let state = if wanted.starts_with("with") { seen.as_str() } else { "T_A,T_N1,T_N2,T_Z" };
        assert!(said[0].starts_with(&format!("[{told}|{state} shared=")), "{wanted}: {said:?}");
        if let Some((name, error)) = left_out {
            let noted = record.providers.iter().find(|provider| provider.name == name);
            let noted = noted.and_then(|provider| provider.error.as_deref()).unwrap_or_default();
            assert!(noted.starts_with(error), "{wanted}: {noted}");
        }
        let runs = |name: &str| record.providers.iter().filter(|provider| provider.name == name).count();
        assert_eq!((runs("Z"), runs("N1")), (1, 1), "{wanted}: nothing runs twice");
    }
}

#[tokio::test]
async fn a_message_names_providers_and_what_is_not_there_is_reported() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.stage]\n[plugins.looker]").await;
    let mut incoming = Incoming::direct("test", "room", "sam", "do LOOK");
    incoming.content.providers = vec!["DYN".to_owned(), "BROKE".to_owned()];
    let (said, record) = turn(&agent, incoming).await;
    assert!(said[0].starts_with("[T_A,T_DYN,T_N1,T_N2,T_Z shared="), "{said:?}");
    let noted: Vec<&str> = record
        .providers
        .iter()
        .filter(|provider| provider.name == "BROKE")
        .filter_map(|provider| provider.error.as_deref())
        .collect();
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert!(noted[0].starts_with("there is no provider BROKE; did you mean BROKEN?"), "{noted:?}");
}

#[tokio::test]
async fn providers_tell_outside_of_turns() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.stage]\n[plugins.watcher]").await;
    ask(&agent, "say Hi").await;
    let before = agent.store().runs(None, 10).await.unwrap();
    let about = message(&agent, "room", "sam", "What would you see?");
    for (selection, text) in [
        (Selection::Only(vec!["STAY".to_owned(), "DYN".to_owned()]), "T_DYN\nWhat would you see?"),
        (Selection::Only(vec!["NOPE".to_owned()]), ""),
        (Selection::Only(vec!["BROKEN".to_owned()]), ""),
    ] {
        let (composed, records) = agent.compose(&about, &selection).await.unwrap();
        assert_eq!(composed.text, text, "{selection:?}");
        assert_eq!(records.iter().any(|record| record.error.is_some()), text.is_empty(), "{records:?}");
    }
    let (composed, _) = agent.compose(&about, &Selection::Default).await.unwrap();
    assert!(composed.text.contains("T_N1") && !composed.text.contains("T_DYN"), "{}", composed.text);
    assert_eq!(agent.store().runs(None, 10).await.unwrap(), before, "nothing of it is stored");
}
