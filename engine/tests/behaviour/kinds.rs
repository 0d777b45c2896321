//! Services by kind: who serves one, who may use it, what is said where nobody does.

use crate::support::{ask, plan, start};
use galatea::{
    character::Document,
    diagnostic::Source,
    plan::Plan,
    prelude::*,
    registry::Registry,
    service::{KindError, ServiceState},
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Knows the tides.
pub trait Tides: Send + Sync {
    /// Who says so.
    fn who(&self) -> &'static str;
}

impl ServiceKind for dyn Tides {
    const NAME: &'static str = "tides";
}

/// Knows the moon.
pub trait Moon: Send + Sync {
    /// Its phase.
    fn phase(&self) -> &'static str;
}

impl ServiceKind for dyn Moon {
    const NAME: &'static str = "moon";
}

/// Serves the tides.
#[plugin("almanac")]
pub struct Almanac;

pub struct Table;

/// A printed table.
#[service(plugin = Almanac, kind(Tides, Moon))]
impl Table {
    async fn start() -> Self {
        Self
    }
}

impl Tides for Table {
    fn who(&self) -> &'static str {
        "table"
    }
}

impl Moon for Table {
    fn phase(&self) -> &'static str {
        "waxing"
    }
}

/// Serves the tides too, and before the almanac.
#[plugin("kind-gauge", priority = 10, lazy)]
pub struct Gauge;

static GAUGES: AtomicUsize = AtomicUsize::new(0);

pub struct Float;

/// A float in a tube.
#[service(plugin = Gauge, kind = Tides)]
impl Float {
    async fn start() -> Self {
        GAUGES.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Tides for Float {
    fn who(&self) -> &'static str {
        "float"
    }
}

/// Serves the tides over the network, first of all.
#[plugin("buoy", priority = 20, permissions(Network))]
pub struct Buoy;

pub struct Radio;

/// Hears a buoy.
#[service(plugin = Buoy, kind = Tides, permission = Network)]
impl Radio {
    async fn start() -> Self {
        Self
    }
}

impl Tides for Radio {
    fn who(&self) -> &'static str {
        "radio"
    }
}

/// Asks for the tides, and has no permission.
#[plugin("sailor", requires(capability("tides")))]
pub struct Sailor;

/// When to sail.
#[action(plugin = Sailor)]
async fn sail(tides: Kind<dyn Tides>, all: Kinds<dyn Tides>, moon: Option<Kind<dyn Moon>>) -> String {
    let all: Vec<&str> = all.iter().map(|tides| tides.who()).collect();
    format!("{} of {} {}", tides.who(), all.join("+"), moon.map_or("dark", |moon| moon.phase()))
}

/// Asks for the tides, and may use the network.
#[plugin("pilot", optional(capability("tides")), permissions(Network))]
pub struct Pilot;

/// Where the water is.
#[action(plugin = Pilot)]
async fn sound(tides: Kind<dyn Tides>) -> &'static str {
    tides.who()
}

const PUPPET: &str = "name = \"Ada\"\n[plugins.puppet]\n";
const GRANTED: &str = "[grants.buoy]\nnetwork = [\"*\"]\n[grants.pilot]\nnetwork = [\"*\"]\n";

#[tokio::test]
async fn the_first_by_priority_that_may_be_used() {
    for (plugins, action, said) in [
        ("[plugins.almanac]\n[plugins.sailor]\n", "SAIL", "table of table waxing"),
        (
            "[plugins.almanac]\n[plugins.kind-gauge]\n[plugins.sailor]\n",
            "SAIL",
            "float of float+table waxing",
        ),
        ("[plugins.kind-gauge]\n[plugins.sailor]\n", "SAIL", "float of float dark"),
        // The buoy would be first, but sailors have no radio.
        ("[plugins.almanac]\n[plugins.buoy]\n[plugins.sailor]\n", "SAIL", "table of table waxing"),
        ("[plugins.almanac]\n[plugins.buoy]\n[plugins.pilot]\n", "SOUND", "radio"),
    ] {
        let grants = if plugins.contains("buoy") { GRANTED } else { "" };
        let grants =
            if plugins.contains("pilot") { grants } else { grants.split("[grants.pilot]").next().unwrap() };
        let agent = start(&format!("{PUPPET}{plugins}{grants}")).await;
        let (replies, _) = ask(&agent, &format!("do {action}")).await;
        assert_eq!(replies, [format!("[{said}]")], "{plugins}");
        agent.stop().await;
    }
}

#[tokio::test]
async fn a_guarded_service_stays_guarded_and_says_so() {
    let grants = GRANTED.split("[grants.pilot]").next().unwrap();
    let agent = start(&format!("{PUPPET}[plugins.buoy]\n[plugins.sailor]\n{grants}")).await;
    let (replies, _) = ask(&agent, "do SAIL").await;
    assert!(
        replies[0].contains("plugin `sailor` does not declare the permission `network`")
            && replies[0].contains("`permissions(Network)`"),
        "{replies:?}"
    );
    // Those who hold the agent itself are not plugins.
    assert_eq!(agent.kind::<dyn Tides>().await.unwrap().who(), "radio");
}

#[tokio::test]
async fn nobody_serves_it() {
    let grants = "[grants.pilot]\nnetwork = [\"*\"]\n";
    let agent = start(&format!("{PUPPET}[plugins.pilot]\n{grants}")).await;
    let Err(error) = agent.kind::<dyn Tides>().await else { panic!("nobody serves it") };
    let known = vec!["almanac", "buoy", "kind-gauge"];
    assert_eq!(error, KindError::Unserved { kind: "tides", known });
    let (replies, _) = ask(&agent, "do SOUND").await;
    let wanted = "no service of the kind `tides` is loaded; add one of these plugins to the character: \
                  almanac, buoy, kind-gauge";
    assert!(replies[0].contains(wanted), "{replies:?}");
    assert!(agent.kinds::<dyn Tides>().await.is_empty());
}

#[tokio::test]
async fn a_lazy_one_starts_on_its_first_use_by_kind() {
    let agent = start(&format!("{PUPPET}[plugins.kind-gauge]\n[plugins.sailor]\n")).await;
    assert_eq!(agent.services()[0].state, ServiceState::Waiting);
    let before = GAUGES.load(Ordering::SeqCst);
    assert!(agent.service::<Float>().is_none());
    ask(&agent, "do SAIL").await;
    assert!(agent.service::<Float>().is_some());
    ask(&agent, "do SAIL").await;
    // Other tests start theirs meanwhile, but this agent must not start a second one.
    assert!(GAUGES.load(Ordering::SeqCst) > before);
    let status = agent.services();
    assert_eq!(
        (status.len(), &status[0].state, status[0].kinds.as_slice()),
        (1, &ServiceState::Up, &["tides"][..])
    );
    agent.stop().await;
    assert!(agent.services().is_empty());
}

#[test]
fn a_missing_one_is_found_when_the_character_is_checked() {
    let registry = Registry::linked().unwrap();
    let text = format!("{PUPPET}[plugins.sailor]\n");
    let (document, _) = Document::parse(Source { path: "ada.toml".to_owned(), text: text.into() });
    let report = Plan::of(&registry, &document).expect_err("nothing serves the tides");
    let told = format!("{:?}", report.diagnostics);
    assert!(
        told.contains("plugin `sailor` needs a plugin that serves `tides`")
            && told.contains("[plugins.almanac]"),
        "{told}"
    );
    // What serves it loads before what needs it, whatever the priorities say.
    let plan = plan(&format!("{PUPPET}[plugins.sailor]\n[plugins.almanac]\n"));
    let order: Vec<&str> = plan.plugins.iter().map(|plugin| plugin.name).collect();
    assert_eq!(order, ["almanac", "puppet", "sailor"]);
    assert_eq!(plan.plugins[0].components.kinds, ["moon", "tides"]);
}
