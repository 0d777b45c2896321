//! The manager of single plugins, from outside and from within a turn.

use super::*;
use crate::support::start;
use galatea::{
    agent::{ChangeError, LoadStep, Standing},
    event::{PluginStep, PluginsChanged},
};
use serde_json::json;

/// Manages the others.
#[plugin("boss")]
pub struct Boss;

/// Switches itself off and goes on.
#[action(plugin = Boss)]
async fn retire(plugins: Plugins, agent: Agent) -> Result<String, String> {
    let report = plugins.disable("boss").await.map_err(|error| error.to_string())?;
    Ok(format!("{report}, I am still here: {}", agent.has::<Boss>()))
}

/// Asks for a change while it is loaded.
#[plugin("eager", config = EagerConfig)]
pub struct Eager;

/// Nothing.
#[config]
pub struct EagerConfig {}

static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[on_load(plugin = Eager)]
async fn ask_too_early(plugins: Plugins) {
    let error = plugins.reload("puppet").await.unwrap_err();
    ASKED.lock().unwrap().push(error.to_string());
}

fn standing(agent: &Agent, plugin: &str) -> (Standing, String) {
    let list = agent.plugins().list();
    let state = list.into_iter().find(|state| state.plugin == plugin).unwrap();
    assert_eq!(state.since.is_some(), state.standing != Standing::NotSelected, "{state:?}");
    (state.standing, state.why)
}

#[tokio::test]
async fn plugins_are_switched_off_and_on() {
    let tag = "switched";
    let agent = start(&gauge(tag, 1, "[plugins.dial]\n[plugins.face]")).await;
    let plugins = agent.plugins();
    assert_eq!(standing(&agent, "gauge").0, Standing::Running);
    assert_eq!(
        standing(&agent, "lamp"),
        (Standing::NotSelected, "the character does not select it".to_owned())
    );

    let error = plugins.disable("gauge").await.unwrap_err();
    assert!(matches!(&error, ChangeError::Required { by, .. } if by == &["dial", "face"]), "{error}");
    assert_eq!(
        error.to_string(),
        "plugin `gauge` is required by `dial`, `face`; take these out too, or keep it"
    );
    assert_eq!(says(&agent, "do POINT").await, "1");

    let mut events = agent.events().subscribe();
    let report = plugins.disable_with_dependants("gauge").await.unwrap();
    let off = "the character says `enabled = false`";
    assert_eq!(
        report.to_string(),
        format!("gauge off ({off}); dial off ({off}); face off ({off}); puppet kept")
    );
    assert_eq!(standing(&agent, "dial"), (Standing::Off, off.to_owned()));
    logged(tag, "unload 1").await;
    let (mut told, mut unloaded) = (0, Vec::new());
    while unloaded.len() < 3 {
        let event = events.recv().await.unwrap().into_any();
        if let Some(step) = event.downcast_ref::<PluginStep>() {
            assert_eq!(step.step, LoadStep::Unloaded);
            unloaded.push(step.plugin.clone());
        }
        told += usize::from(
            event.downcast_ref::<PluginsChanged>().is_some_and(|changed| changed.report == report),
        );
    }
    assert_eq!((told, unloaded), (1, ["face", "dial", "gauge"].map(str::to_owned).to_vec()));
    assert!(agent.plugins().list().iter().filter(|state| state.standing == Standing::Off).count() == 3);

    let error = plugins.enable("dial").await.unwrap_err();
    assert!(error.to_string().contains("plugin `dial` requires `gauge`, which is switched off"), "{error}");
    let error = plugins.reload("dial").await.unwrap_err();
    assert!(error.to_string().contains("plugin `dial` does not run: the character says"), "{error}");
    plugins.enable("gauge").await.unwrap();
    let report = plugins.enable("dial").await.unwrap();
    assert_eq!(report.of("dial"), Some(&Change::Added));
    assert_eq!(says(&agent, "do POINT").await, "1");
    assert!(!plugins.enable("dial").await.unwrap().is_change(), "it runs already");
    agent.stop().await;
}

#[tokio::test]
async fn plugins_get_other_configs_and_are_loaded_anew() {
    let tag = "configured";
    let agent = start(&gauge(tag, 1, "")).await;
    let plugins = agent.plugins();
    let report = plugins.reload("gauge").await.unwrap();
    assert_eq!(report.of("gauge"), Some(&reloaded(&["asked for"])));
    assert_eq!(report.character, [""; 0]);
    let report = plugins.reconfigure("gauge", json!({ "tag": tag, "number": 2, "key": null })).await.unwrap();
    assert_eq!(report.to_string(), "gauge reloaded (number); puppet kept");
    assert_eq!(says(&agent, "do MEASURE").await, "2");

    for (plugin, config, text) in [
        ("gauge", json!({ "tag": tag, "number": "two" }), "error[GAL0004]: "),
        ("gauge", json!({ "tag": tag, "numbr": 2 }), "did you mean `number`?"),
        ("gauge", json!(2), "error[GAL0004]: "),
        ("gage", json!({}), "there is no plugin `gage` in this build; did you mean `gauge`?"),
        ("lamp", json!({}), "plugin `lamp` does not run: the character does not select it"),
    ] {
        let error = plugins.reconfigure(plugin, config).await.unwrap_err();
        assert!(error.to_string().contains(text), "{text}: {error}");
        assert_eq!(says(&agent, "do MEASURE").await, "2");
    }
    let error = plugins.enable("sloth").await.unwrap_err();
    assert!(error.to_string().contains("error[GAL0006]: ") && error.to_string().contains("tag"), "{error}");
    let report = plugins.enable_with("sloth", json!({ "tag": "sloth" })).await.unwrap();
    assert_eq!(report.of("sloth"), Some(&Change::Added));
    let error = plugins.disable("lamp").await.unwrap_err();
    assert!(matches!(error, ChangeError::NotRunning { .. }), "{error}");
    agent.stop().await;
}

#[tokio::test]
async fn a_plugin_may_switch_itself_off_and_finishes_its_turn() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.boss]").await;
    let said = says(&agent, "do RETIRE").await;
    assert_eq!(said, "boss off (the character says `enabled = false`); puppet kept, I am still here: true");
    assert!(!agent.has::<Boss>());
    agent.stop().await;
}

#[tokio::test]
async fn who_is_being_loaded_changes_nothing() {
    let agent = start("name = \"Ada\"\n[plugins.puppet]\n[plugins.eager]").await;
    agent.plugins().reload("eager").await.unwrap();
    let asked = std::mem::take(&mut *ASKED.lock().unwrap());
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|why| why.starts_with("plugins are being loaded")), "{asked:?}");
    agent.stop().await;
}
