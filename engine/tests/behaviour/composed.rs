//! Composed plugins: selected by one table, loaded in their order, unloaded in reverse.

use crate::support::{ask, plan, start};
use galatea::{
    agent::Outcome,
    character::Document,
    diagnostic::{Code, Source, render_all},
    plan::Plan,
    prelude::*,
    registry::Registry,
};
use std::sync::{Mutex, PoisonError};

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn log(line: String) {
    LOG.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

/// Says a word.
#[plugin("zebra", config = Word)]
pub struct Zebra;

/// What is said.
#[config]
pub struct Word {
    /// The word.
    pub word: String,
}

#[on_load(plugin = Zebra)]
async fn zebra_in(config: Config<Zebra>) {
    log(format!("zebra in: {}", config.word));
}

#[on_unload(plugin = Zebra)]
async fn zebra_out() {
    log("zebra out".to_owned());
}

/// Says the zebra's word.
#[action(plugin = Zebra)]
async fn neigh(config: Config<Zebra>) -> String {
    config.word.clone()
}

/// Comes after the zebra by nothing but the list.
#[plugin("ant")]
pub struct Ant;

#[on_load(plugin = Ant)]
async fn ant_in() {
    log("ant in".to_owned());
}

#[on_unload(plugin = Ant)]
async fn ant_out() {
    log("ant out".to_owned());
}

/// Comes last.
#[plugin("bee")]
pub struct Bee;

#[on_load(plugin = Bee)]
async fn bee_in() {
    log("bee in".to_owned());
}

compose! {
    /// Small ones.
    pub struct Insects = "insects", [Bee, Ant]
}

compose!(
    /// All of them.
    pub struct Zoo = "zoo", [Zebra, Insects];
);

/// Needs the whole zoo.
#[plugin("keeper", requires(Zoo))]
pub struct Keeper;

const TOML: &str = "name = 'Noah'
    [plugins.puppet]
    [plugins.keeper]
    [plugins.zoo]
    zebra.word = 'whinny'";

#[tokio::test]
async fn members_load_in_their_order_and_unload_in_reverse() {
    let agent = start(TOML).await;
    assert_eq!(ask(&agent, "do NEIGH").await.0, ["[whinny]"]);
    assert!(agent.has::<Zoo>() && agent.has::<Ant>());
    let report = agent.report();
    let parts: Vec<_> =
        report.plugins.iter().map(|one| (one.plugin.as_str(), one.part_of.as_deref())).collect();
    let (zoo, insects) = (Some("zoo"), Some("insects"));
    let expected = [
        ("zebra", zoo),
        ("bee", insects),
        ("ant", insects),
        ("insects", zoo),
        ("zoo", None),
        ("keeper", None),
    ];
    let places: Vec<_> = parts.iter().filter(|part| part.0 != "puppet").copied().collect();
    assert_eq!(places, expected);
    assert!(report.to_string().contains("ant 0.1.0, part of insects ("), "{report}");
    assert!(report.plugins.iter().all(|one| one.outcome == Outcome::Loaded));
    agent.stop().await;
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(log, ["zebra in: whinny", "bee in", "ant in", "ant out", "zebra out"]);
}

#[test]
fn the_plan_says_who_came_with_whom() {
    let plan = plan(TOML);
    let zebra = plan.plugin("zebra").unwrap();
    assert_eq!((&*zebra.part_of, zebra.config["word"].as_str()), (&["zoo"][..], Some("whinny")));
    let ant = plan.plugin("ant").unwrap();
    assert_eq!(ant.part_of, ["zoo", "insects"]);
    assert_eq!(ant.why[0].to_string(), "part of `insects`");
    assert_eq!(plan.plugin("bee").unwrap().why[1].to_string(), "before `ant` as `insects` lists them");
    assert_eq!(plan.plugin("zoo").unwrap().requires, ["insects", "zebra"]);
    assert!(plan.graph().text().contains("ant 0.1.0  (part of insects)"), "{}", plan.graph().text());
    // What the build writes for it is proved by the same function.
    let registry = Registry::linked().unwrap();
    let order: Vec<_> = plan.plugins.iter().map(|one| registry.get(one.name).unwrap().def).collect();
    galatea::plan::verify(&order);
}

#[test]
fn layers_of_the_table_are_around_all_members() {
    let plan = plan(
        "name = 'Noah'\nmiddleware = ['logging']\n[plugins.puppet]\n[plugins.zoo]\nmiddleware = ['timing']\nzebra.word = 'x'",
    );
    let stack =
        |name: &str| plan.plugin(name).unwrap().middleware.iter().map(|layer| layer.name).collect::<Vec<_>>();
    assert_eq!(stack("puppet"), ["logging"]);
    for name in ["zebra", "bee", "ant"] {
        assert_eq!(stack(name), ["logging", "timing"], "{name}");
    }
}

fn mistakes(toml: &str) -> (Vec<Code>, String) {
    let (document, _) = Document::parse(Source { path: "noah.toml".to_owned(), text: toml.into() });
    let report = Plan::of(&Registry::linked().unwrap(), &document).unwrap_err();
    let codes = report.diagnostics.iter().map(|one| one.code).collect();
    (codes, render_all(&[report], false))
}

#[test]
fn mistakes_are_found_where_they_stand() {
    for (more, code, said) in [
        (
            "[plugins.zoo]\nzebra.word = 'x'\n[plugins.ant]",
            Code::DuplicatePlugin,
            "plugin `ant` is selected twice",
        ),
        (
            "[plugins.zoo]\nzebra.word = 'x'\n[plugins.insects]",
            Code::DuplicatePlugin,
            "take out `[plugins.insects]`",
        ),
        ("[plugins.zoo]", Code::MissingKey, "`plugins.zoo` needs `zebra`"),
        ("[plugins.zoo]\nzebra = {}", Code::MissingKey, "`plugins.zoo.zebra` needs `word`"),
        ("[plugins.zoo]\nzebra.word = 1", Code::WrongType, "wrong type for `plugins.zoo.zebra.word`"),
        (
            "[plugins.zoo]\nzebra.word = 'x'\nanat = {}",
            Code::UnknownKey,
            "unknown key `anat` in `plugins.zoo`",
        ),
        ("[plugins.keeper]", Code::MissingDependency, "[plugins.zoo]"),
    ] {
        let (codes, shown) = mistakes(&format!("name = 'Noah'\n[plugins.puppet]\n{more}\n"));
        assert!(codes.contains(&code) && shown.contains(said), "{more}: {codes:?}\n{shown}");
    }
    let (codes, shown) = mistakes(
        "name = 'Noah'\n[plugins.puppet]\n[plugins.zoo]\nenabled = false\nzebra.word = 'x'\n[plugins.keeper]\n",
    );
    assert_eq!(codes, [Code::MissingDependency]);
    assert!(shown.contains("switched off here"), "{shown}");
}

#[test]
fn a_condition_holds_for_all_members() {
    let plan =
        plan("name = 'Noah'\n[plugins.puppet]\n[plugins.zoo]\nenabled = { env = 'ZOO' }\nzebra.word = 'x'");
    let off = plan.activate(&|_| None).unwrap();
    let on = plan.activate(&|_| Some("1".to_owned())).unwrap();
    for name in ["zebra", "bee", "ant", "insects", "zoo"] {
        assert!(off[name] != on[name], "{name}");
    }
    let plan = self::plan(
        "name = 'Noah'\n[plugins.puppet]\n[plugins.zoo]\nfallback = ['text-large', 'audio']\nzebra.word = 'x'",
    );
    let lookup = |_: &str| None;
    let decided = plan.activate(&lookup).unwrap();
    assert!(["zebra", "bee", "ant", "insects", "zoo"].iter().all(|name| decided[name] == decided["zoo"]));
}
