//! Load orders, and what keeps a selection from having one.

use crate::support::{Made, plugin, registry};
use galatea::plan::{Options, Problem, Selected, Step, resolve, same, verify};
use std::time::Instant;

fn run(plugins: &[Made], selected: &[&str], tests: bool) -> Result<Vec<Step>, Vec<Problem>> {
    let selected: Vec<Selected<'_>> = selected.iter().map(|name| Selected::new(name)).collect();
    resolve(&registry(plugins), &selected, &Options { tests, engine: "9.9.9" })
}

fn names(steps: &[Step]) -> Vec<&'static str> {
    steps.iter().map(|step| step.plugin.name).collect()
}

#[test]
fn what_is_needed_stands_before_then_priority_then_name() {
    let p = plugin;
    for (plugins, selected, order) in [
        (vec![p("b"), p("a")], "b a", "a b"),
        (vec![p("a").requires(&["b"]), p("b")], "a b", "b a"),
        (
            vec![p("d").requires(&["b", "c"]), p("b").requires(&["a"]), p("c").requires(&["a"]), p("a")],
            "d c b a",
            "a b c d",
        ),
        (vec![p("a"), p("b").priority(100)], "a b", "b a"),
        (vec![p("a").priority(-1), p("b")], "a b", "b a"),
        (vec![p("a").requires(&["z"]).priority(9), p("b"), p("z")], "a b z", "b z a"),
        (vec![p("a").optional("z"), p("z")], "a z", "z a"),
        (vec![p("a").optional("z"), p("z")], "a", "a"),
        (
            vec![p("a").needs("text-large"), p("x").serves(&["text-large"]), p("y").serves(&["text-large"])],
            "a x y",
            "x y a",
        ),
        (
            vec![p("a").needs("text-large"), p("x").serves(&["text-large"]), p("y").serves(&["text-large"])],
            "a y",
            "y a",
        ),
        (vec![p("a").tests_with("t"), p("t")], "a", "a"),
    ] {
        let selected: Vec<&str> = selected.split(' ').collect();
        assert_eq!(names(&run(&plugins, &selected, false).unwrap()).join(" "), order, "{selected:?}");
    }
}

#[test]
fn tests_bring_their_plugins_with_them() {
    let plugins = [plugin("a").tests_with("t"), plugin("t").requires(&["u"]), plugin("u"), plugin("v")];
    let steps = run(&plugins, &["a"], true).unwrap();
    assert_eq!(names(&steps), ["u", "t", "a"]);
    assert_eq!(steps[0].why[0].to_string(), "required by tests");
}

#[test]
fn every_problem_is_found_at_once() {
    let p = plugin;
    for (plugins, selected, problems) in [
        (vec![p("a")], "a nope", vec!["unknown plugin `nope`"]),
        (vec![p("a").requires(&["b"]), p("b")], "a", vec!["plugin `a` requires `b`, which is not selected"]),
        (
            vec![p("a").requires(&["b"]), p("b").requires(&["c"]), p("c")],
            "a",
            vec![
                "plugin `a` requires `b`, which is not selected",
                "plugin `a` requires `b`, which requires `c`, which is not selected",
            ],
        ),
        (vec![p("a").requires(&["a"])], "a", vec!["plugins need each other in a circle: a → a"]),
        (
            vec![
                p("a").requires(&["b"]),
                p("b").optional("c"),
                p("c").requires(&["a"]),
                p("x").requires(&["y"]),
                p("y").requires(&["x"]),
            ],
            "a b c x y",
            vec![
                "plugins need each other in a circle: a → b → c → a",
                "plugins need each other in a circle: x → y → x",
            ],
        ),
        (
            vec![p("a").requires_version("b", "^2"), p("b").version("1.9.0").engine(">=99")],
            "a b",
            vec![
                "plugin `a` requires `b` ^2, but this build has 1.9.0",
                "plugin `b` was built for engine >=99, but this engine is 9.9.9",
            ],
        ),
        (
            vec![p("a").needs("text-large").serves(&["text-large"])],
            "a",
            vec!["plugin `a` needs a plugin that serves `text-large`, and none is selected"],
        ),
        (
            vec![p("a").requires(&["gone", "b"]), p("b").requires(&["a"])],
            "a nope",
            vec![
                "unknown plugin `nope`",
                "plugin `a` requires `b`, which is not selected",
                "plugin `a` requires `gone`, which is not selected",
                "plugins need each other in a circle: a → b → a",
            ],
        ),
    ] {
        let selected: Vec<&str> = selected.split(' ').collect();
        let found = run(&plugins, &selected, false).unwrap_err();
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), problems);
    }
}

#[test]
fn a_version_of_the_character_is_kept_to() {
    let registry = registry(&[plugin("a").version("1.9.0")]);
    for (range, good) in [("^1.2", true), ("=1.9.0", true), ("^2", false), ("one", false)] {
        let selected = [Selected { versions: Some(range), ..Selected::new("a") }];
        assert_eq!(resolve(&registry, &selected, &Options::default()).is_ok(), good, "{range}");
    }
}

#[test]
fn a_missing_plugin_names_its_way_and_all_its_users() {
    let plugins = [
        plugin("a").requires(&["m"]),
        plugin("b").requires(&["m"]),
        plugin("m").requires(&["n"]),
        plugin("n"),
    ];
    let missing = |plugin, chain: &[&'static str], also: &[&'static str]| Problem::Missing {
        plugin,
        chain: chain.to_vec(),
        also: also.to_vec(),
        linked: true,
    };
    let expected = [missing("m", &["a", "m"], &["b"]), missing("n", &["a", "m", "n"], &[])];
    assert_eq!(run(&plugins, &["a", "b"], false).unwrap_err(), expected);
}

/// elizaOS 1.7.2 gives the same order wherever it has one; where it only logs (cycles, missing ones) we refuse, and
/// priority, which it ignores, counts here.
#[test]
fn elizaos_orders() {
    let golden =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/core-pure.json"))
            .unwrap();
    let golden: serde_json::Value = serde_json::from_str(&golden).unwrap();
    let p = plugin;
    for (case, plugins, tests) in [
        ("order_preserved", vec![p("a"), p("b"), p("c")], false),
        ("dep_before", vec![p("b").requires(&["a"]), p("a")], false),
        (
            "diamond",
            vec![p("d").requires(&["b", "c"]), p("b").requires(&["a"]), p("c").requires(&["a"]), p("a")],
            false,
        ),
        ("scoped", vec![p("music").requires(&["discord"]), p("discord")], false),
        ("scoped_other_org", vec![p("music").requires(&["discord"]), p("discord")], false),
        ("short_to_scoped", vec![p("x").requires(&["sql"]), p("sql")], false),
        ("testdeps_off", vec![p("a").tests_with("b"), p("b")], false),
        ("testdeps_on", vec![p("a").tests_with("b"), p("b")], true),
    ] {
        let order = golden["resolveDeps"][case]["ok"].as_array().unwrap();
        let order: Vec<&str> =
            order.iter().map(|name| galatea::text::name::plugin_name(name.as_str().unwrap())).collect();
        assert_eq!(names(&run(&plugins, &order, tests).unwrap()), order, "{case}");
    }
}

#[test]
fn ten_thousand_plugins_take_no_time() {
    let name = |number: usize| format!("p{number:05}");
    let made = |number: usize| {
        let needs: Vec<String> =
            (1..=5).filter_map(|step| number.checked_sub(step * step)).map(name).collect();
        plugin(&name(number)).requires(&needs.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let plugins: Vec<Made> = (0..10_000).map(made).collect();
    let registry = registry(&plugins);
    let names: Vec<String> = (0..10_000).map(name).collect();
    let selected: Vec<Selected<'_>> = names.iter().map(|name| Selected::new(name)).collect();
    let start = Instant::now();
    let steps = resolve(&registry, &selected, &Options::default()).unwrap();
    let time = start.elapsed();
    assert_eq!(steps.len(), 10_000);
    let most = if cfg!(debug_assertions) { 5_000 } else { 500 };
    assert!(time.as_millis() < most, "{time:?}");
}

#[test]
fn a_proof_says_what_is_wrong() {
    let (a, b) = (plugin("a").requires(&["b"]).def(), plugin("b").def());
    let (c, one) = (plugin("c").optional("b").def(), plugin("one").def());
    for (order, message) in [
        (vec![b, a, c], ""),
        (vec![c], ""),
        (vec![a], "load order: plugin `a` requires plugin `b`, which is not in this load order"),
        (vec![a, b], "load order: plugin `a` stands before plugin `b`, which it requires"),
        (vec![c, b], "load order: plugin `c` stands before plugin `b`, which it can use"),
        (vec![one, one], "load order: plugin `one` stands twice in this load order"),
    ] {
        let outcome = std::panic::catch_unwind(|| verify(&order));
        let said = outcome
            .err()
            .and_then(|panic| panic.downcast::<String>().ok())
            .map(|said| *said)
            .unwrap_or_default();
        assert_eq!(said, message);
    }
    const { assert!(same("ab", "ab") && !same("ab", "ac") && !same("ab", "abc")) };
}
