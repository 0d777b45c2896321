//! Composed plugins in load orders and plans, and what keeps definitions from being composed.

use crate::support::{Made, examine, plugin, registry, shown};
use galatea::{
    build::try_build,
    definition::{PermissionKind as Kind, PermissionScope as Scope, Submission},
    plan::{Activation, Options, Selected, resolve, verify},
    registry::Registry,
};
use std::fs;

/// `suite` of `c` and `inner`, which is of `b` and `a`; each with what it needs.
fn build() -> Vec<Made> {
    let (a, b, c) = (plugin("a"), plugin("b").serves(&["text-large"]), plugin("c").requires(&["z"]));
    let inner = plugin("inner").members(&[b.clone(), a.clone()]);
    let suite = plugin("suite").members(&[c.clone(), inner.clone()]);
    let user = plugin("user").requires(&["suite"]).priority(9);
    vec![a, b, c, inner, suite, user, plugin("z"), plugin("y").priority(5)]
}

#[test]
fn members_stand_in_their_order() {
    for (selected, order) in [
        ("suite z", "z c b a inner suite"),
        ("suite user y z", "y z c b a inner suite user"),
        ("inner", "b a inner"),
        // Without the composed plugins, names decide.
        ("a b", "a b"),
    ] {
        let selected: Vec<Selected<'_>> = selected.split(' ').map(Selected::new).collect();
        let steps = resolve(&registry(&build()), &selected, &Options::default()).unwrap();
        let defs: Vec<_> = steps.iter().map(|step| step.plugin).collect();
        assert_eq!(defs.iter().map(|def| def.name).collect::<Vec<_>>().join(" "), order);
        verify(&defs);
    }
}

#[test]
fn what_a_member_needs_is_missing_like_anything_else() {
    let (x, y) = (plugin("x").requires(&["y"]), plugin("y"));
    let pair = plugin("pair").members(&[x.clone(), y.clone()]);
    for (plugins, selected, problem) in [
        (build(), "suite", "plugin `c` requires `z`, which is not selected"),
        (build(), "user z", "plugin `user` requires `suite`, which is not selected"),
        (vec![pair, x, y], "pair", "plugins need each other in a circle: x → y → x"),
    ] {
        let selected: Vec<Selected<'_>> = selected.split(' ').map(Selected::new).collect();
        let problems = resolve(&registry(&plugins), &selected, &Options::default()).unwrap_err();
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [problem]);
    }
}

#[test]
fn the_mistakes_have_their_words() {
    let fixed = plugin("fixed").permission(Kind::Network, Scope::Fixed("api.weather.example"));
    let other = plugin("other").members(&[fixed.clone(), plugin("plain")]);
    let more = plugin("more").members(&[plugin("plain"), plugin("b").serves(&["text-large"])]);
    let all: Vec<Made> = build().into_iter().chain([fixed, other, more, plugin("plain")]).collect();
    for (name, plugins) in [
        ("alone_and_as_member", "[plugins.suite]\n[plugins.z]\n[plugins.a]\n"),
        ("members_of_two", "[plugins.suite]\n[plugins.z]\n[plugins.more]\n"),
        ("member_needs_more", "[plugins.suite]\n"),
        ("permission_of_member", "[plugins.inner]\n[plugins.other]\n"),
        ("switched_off_with_suite", "[plugins.suite]\nenabled = false\n[plugins.z]\n[plugins.user]\n"),
    ] {
        let report = examine(&all, &format!("name = \"Ada\"\n\n{plugins}")).map(|_| ()).unwrap_err();
        insta::assert_snapshot!(name, shown(report));
    }
}

#[test]
fn the_pictures_and_the_build_know_them() {
    let toml = "name = 'Ada'\n[plugins.suite]\n[plugins.z]\n[plugins.user]\n";
    let (plan, _) = examine(&build(), toml).unwrap();
    insta::assert_snapshot!("text", plan.text());
    insta::assert_snapshot!("graph", plan.graph().text());
    assert!(plan.graph().mermaid().contains("a 1.2.0<br/>part of inner"), "{}", plan.graph().mermaid());
    assert_eq!(plan.to_json()["plugins"][2]["part-of"], serde_json::json!(["suite", "inner"]));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ada.toml"), toml).unwrap();
    let code = try_build(folder.path(), &registry(&build())).unwrap().code;
    let order: Vec<&str> = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("<::galatea_")?.split_once("::").map(|(name, _)| name))
        .collect();
    assert_eq!(order, ["z", "c", "b", "a", "inner", "suite", "user"]);
}

#[test]
fn a_group_falls_back_as_one() {
    let (voice, brain) = (plugin("voice"), plugin("a-brain").serves(&["text-large"]));
    let spare = plugin("spare").members(&[brain.clone(), voice.clone()]);
    let plugins = [voice, brain, spare, plugin("hosted").serves(&["text-large"])];
    let toml = "name = 'Ada'\n[plugins.hosted]\nenabled = { env = 'KEY' }\n[plugins.spare]\nfallback = 'text-large'\n";
    let (plan, _) = examine(&plugins, toml).unwrap();
    for (key, on) in [(None, true), (Some("k"), false)] {
        let decided = plan.activate(&|_| key.map(str::to_owned)).unwrap();
        for name in ["a-brain", "spare", "voice"] {
            assert_eq!(decided[name] == Activation::Enabled, on, "{name} with {key:?}");
        }
    }
}

#[test]
fn a_proof_knows_members() {
    let (a, b) = (plugin("a"), plugin("b"));
    let pair = plugin("pair").members(&[b.clone(), a.clone()]).def();
    let (a, b) = (a.def(), b.def());
    for (order, message) in [
        (vec![b, a, pair], ""),
        (
            vec![b, pair],
            "load order: plugin `pair` is composed of plugin `a`, which is not in this load order",
        ),
        (vec![b, pair, a], "load order: plugin `pair` stands before plugin `a`, of which it is composed"),
        (vec![a, b, pair], "load order: plugin `a` stands before the one that `pair` lists before it"),
    ] {
        let said = std::panic::catch_unwind(|| verify(&order)).err();
        let said = said.and_then(|panic| panic.downcast::<String>().ok()).map(|said| *said);
        assert_eq!(said.unwrap_or_default(), message);
    }
}

#[test]
fn definitions_that_do_not_fit_are_refused() {
    let (a, b) = (plugin("a"), plugin("b"));
    let pair = plugin("pair").members(&[a.clone(), b.clone()]);
    let twice = plugin("twice").members(&[a.clone(), pair.clone()]);
    for (plugins, why) in [
        (vec![pair.clone(), a.clone()], "its member `b` is not linked"),
        (vec![twice, pair, a, b], "`a` is a member of it twice"),
        (
            vec![plugin("x").middleware(&["nope"])],
            "there is no middleware `nope`; known: cache, logging, retry, timing",
        ),
    ] {
        let submissions: Vec<Submission> = plugins.iter().flat_map(Made::submissions).collect();
        let errors = Registry::new(submissions).unwrap_err();
        let said = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(errors.len() == 1 && said.contains(why), "{said}");
    }
}
