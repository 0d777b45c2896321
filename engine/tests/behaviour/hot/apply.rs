//! Whole plans: what is kept, what is loaded anew, what is refused.

use super::*;
use crate::support::{plan, start};
use galatea::agent::{ChangeError, Incoming, LoadStep, Outcome};

#[tokio::test]
async fn plugins_come_go_and_stand_in_the_plans_order() {
    let tag = "come and go";
    let agent = start(&gauge(tag, 1, "[plugins.bystander]")).await;
    let still = agent.service::<Still>().unwrap();
    let fuller = gauge(tag, 1, "[plugins.bystander]\n[plugins.dial]\n[plugins.face]\n[plugins.lamp]");
    let report = agent.apply(plan(&fuller)).await.unwrap();
    assert_eq!(report.to_string(), "dial added; face added; lamp added; bystander, gauge, puppet kept");
    assert_eq!(says(&agent, "do POINT").await, "1");
    assert_eq!(says(&agent, "do SHINE").await, "Some(1)");

    let names = |agent: &Agent| agent.parts().plugins.iter().map(|def| def.name).collect::<Vec<_>>();
    let actions = |agent: &Agent| agent.parts().actions.iter().map(|part| part.def.name).collect::<Vec<_>>();
    let fresh = start(&fuller).await;
    assert_eq!(names(&agent), names(&fresh), "the order of a start");
    assert_eq!(actions(&agent), actions(&fresh));
    let entries: Vec<_> =
        agent.report().plugins.into_iter().map(|entry| (entry.plugin, entry.outcome)).collect();
    let wanted: Vec<_> = names(&agent).into_iter().map(|name| (name.to_owned(), Outcome::Loaded)).collect();
    assert_eq!(entries, wanted, "the load report follows");
    fresh.stop().await;

    let report = agent.apply(plan(&gauge(tag, 1, ""))).await.unwrap();
    assert_eq!(
        report.to_string(),
        "bystander taken out; dial taken out; face taken out; lamp taken out; gauge, puppet kept"
    );
    assert!(agent.service::<Still>().is_none() && !agent.has::<Dial>());
    drop(still);
    logged(tag, "hand off 1").await;
    assert!(!says(&agent, "do POINT").await.contains('1'), "an action that is gone");
    agent.stop().await;
}

#[tokio::test]
async fn who_can_use_a_plugin_hears_that_it_comes_and_goes() {
    let tag = "comes and goes";
    let without = "name = \"Ada\"\n[plugins.puppet]\n[plugins.lamp]";
    let agent = start(without).await;
    assert_eq!(says(&agent, "do SHINE").await, "None");
    let report = agent.apply(plan(&gauge(tag, 7, "[plugins.lamp]"))).await.unwrap();
    assert_eq!(report.of("lamp"), Some(&reloaded(&["`gauge` added"])));
    assert_eq!(says(&agent, "do SHINE").await, "Some(7)");
    let report = agent.apply(plan(without)).await.unwrap();
    assert_eq!(report.of("lamp"), Some(&reloaded(&["`gauge` taken out"])));
    assert_eq!(says(&agent, "do SHINE").await, "None");
    agent.stop().await;
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let tag = "refused";
    let agent = start(&gauge(tag, 1, "[plugins.dial]")).await;
    let meter = agent.service::<Meter>().unwrap();
    let renamed = gauge(tag, 1, "[plugins.dial]").replace("Ada", "Bob");
    let identified = format!("id = \"{}\"\n{}", uuid(), gauge(tag, 1, "[plugins.dial]"));
    type Case<'a> = (&'a str, String, fn(&ChangeError) -> bool, &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 9] = [
        (
            "on_load fails",
            gauge(tag, 2, "fault = \"load\"\n[plugins.dial]"),
            |e| matches!(e, ChangeError::Refused { step: LoadStep::OnLoad, .. }),
            "plugin `gauge` was refused at on-load: the glass broke",
            &["load 2", "unload 2"],
        ),
        (
            "a service fails",
            gauge(tag, 3, "fault = \"start\"\n[plugins.dial]"),
            |e| matches!(e, ChangeError::Refused { step: LoadStep::Services, .. }),
            "service `meter`: the needle stuck",
            &["load 3", "unload 3"],
        ),
        (
            "a service panics",
            gauge(tag, 4, "fault = \"panic\"\n[plugins.dial]"),
            |e| matches!(e, ChangeError::Refused { step: LoadStep::Services, .. }),
            "panicked: the spring jumped",
            &["load 4", "unload 4"],
        ),
        (
            "a later plugin fails",
            gauge(tag, 5, "[plugins.dial]\n[plugins.house]\ncollapse = true\n[plugins.base]"),
            |e| matches!(e, ChangeError::Refused { step: LoadStep::OnLoad, .. }),
            "plugin `house` was refused at on-load: the walls fell",
            &["load 5", "start 5", "hand on 5", "hand off 5", "stop 5", "unload 5"],
        ),
        (
            "a secret is not there",
            gauge(tag, 6, "key = { env = \"GALATEA_NO_SUCH_KEY\" }\n[plugins.dial]"),
            |e| matches!(e, ChangeError::Refused { step: LoadStep::Config, .. }),
            "`key`: the environment variable `GALATEA_NO_SUCH_KEY` is not set",
            &[],
        ),
        (
            "another name",
            renamed,
            |e| matches!(e, ChangeError::AnotherAgent { .. }),
            "another agent, `Bob` instead of `Ada`",
            &[],
        ),
        (
            "another id",
            identified,
            |e| matches!(e, ChangeError::AnotherAgent { .. }),
            "instead of `Ada`; restart for a new name or id",
            &[],
        ),
        (
            "a storage comes",
            gauge(tag, 1, "[plugins.dial]\n[plugins.vault]"),
            |e| matches!(e, ChangeError::Storage { .. }),
            "plugin `vault` is the storage, which cannot change while the agent runs (it would be new)",
            &[],
        ),
        (
            "what others require is switched off by the environment",
            gauge(tag, 1, "enabled = { env = \"GALATEA_NO_SUCH_KEY\" }\n[plugins.dial]"),
            |e| matches!(e, ChangeError::Conflicts(_)),
            "plugin `dial` requires `gauge`, which is switched off: GALATEA_NO_SUCH_KEY is not set",
            &[],
        ),
    ];
    for (what, toml, is_kind, text, logged) in cases {
        let before = lines(tag).len();
        let error = agent.apply(plan(&toml)).await.expect_err(what);
        assert!(is_kind(&error) && error.to_string().contains(text), "{what}: {error}");
        assert_eq!(lines(tag)[before..], *logged, "{what}");
        assert!(Arc::ptr_eq(&meter, &agent.service::<Meter>().unwrap()), "{what}");
        assert_eq!(says(&agent, "do POINT").await, "1", "{what}");
    }
    let mut holed = plan(&gauge(tag, 1, "[plugins.dial]"));
    holed.plugins.retain(|planned| planned.name != "gauge");
    let error = agent.apply(holed).await.unwrap_err();
    assert!(error.to_string().starts_with("plugin `gauge` is required by `dial`"), "{error}");
    agent.stop().await;
    assert!(matches!(agent.apply(plan(&gauge(tag, 1, ""))).await, Err(ChangeError::Stopping)));
}

fn uuid() -> &'static str {
    "6f8a0d5e-3f5b-4b7e-9d6f-0a1b2c3d4e5f"
}

#[tokio::test]
async fn a_storage_stays_but_others_change_beside_it() {
    let with = |more: &str| format!("name = \"Ada\"\n[plugins.puppet]\n[plugins.vault]\n{more}");
    let agent = start(&with("")).await;
    let report = agent.apply(plan(&with("[plugins.bystander]"))).await.unwrap();
    assert_eq!(report.of("vault"), Some(&Change::Kept));
    let error = agent.apply(plan("name = \"Ada\"\n[plugins.puppet]")).await.unwrap_err();
    assert!(error.to_string().contains("(it would be taken out); restart"), "{error}");
    let error = agent.plugins().reload("vault").await.unwrap_err();
    assert!(error.to_string().contains("(different: asked for)"), "{error}");
    agent.stop().await;
}

#[tokio::test]
async fn the_characters_text_is_new_for_the_next_turn_only() {
    let tag = "text";
    let with = |bio: &str| {
        gauge(tag, 1, "").replace("[plugins.puppet]", &format!("bio = \"{bio}\"\n[plugins.puppet]"))
    };
    let agent = start(&with("old")).await;
    let turn = agent.send(Incoming::direct("test", "held", "sam", "do HOLD")).await.unwrap();
    logged(tag, "held 1").await;
    let report = agent.apply(plan(&with("new"))).await.unwrap();
    assert_eq!(report.to_string(), "bio of the character changed; gauge, puppet kept");
    assert_eq!(agent.character().bio.as_slice(), ["new"]);
    gate(tag).add_permits(1);
    let (replies, _) = turn.finish().await;
    assert_eq!(replies[0].content.text, "[1]", "the running turn saw one text all the time");
    let again = agent.apply(plan(&with("new"))).await.unwrap();
    assert!(!again.is_change() && again.to_string() == "nothing changed");
    agent.stop().await;
    assert_eq!(lines(tag).iter().filter(|line| line.starts_with("start")).count(), 1);
}

#[tokio::test]
async fn what_a_provider_said_is_not_remembered_of_an_old_config() {
    let tag = "cached";
    let agent = start(&gauge(tag, 1, "")).await;
    assert_eq!(says(&agent, "do RECALL").await, "1");
    agent.apply(plan(&gauge(tag, 2, ""))).await.unwrap();
    assert_eq!(says(&agent, "do RECALL").await, "2");
    // Said by a provider of the old config when the change is made already.
    agent.apply(plan(&gauge(tag, 3, "fault = \"gated\""))).await.unwrap();
    let old = Incoming { founder: true, ..Incoming::direct("test", "room", "sam", "do RECALL") };
    let old = agent.send(old).await.unwrap();
    logged(tag, "reading 3").await;
    agent.apply(plan(&gauge(tag, 4, ""))).await.unwrap();
    gate(tag).add_permits(1);
    assert_eq!(old.finish().await.0[0].content.text, "[3]");
    assert_eq!(says(&agent, "do RECALL").await, "4");
    agent.stop().await;
}
