//! Actions that a plugin offers while it runs, and actions that are run by their names.

use galatea::{
    agent::Incoming,
    definition::HandlerFuture,
    event::{ActionProgress, ActionsOffered},
    extract::Invocation,
    offer::RunOffered,
    prelude::*,
    testing::{Script, TestAgent, TestResult},
};
use serde_json::{Map, Value, json};
use std::{sync::Arc, time::Duration};

/// Sells what there is.
#[plugin("stall")]
pub struct Stall;

/// What there is.
pub struct Goods {
    offers: Offers,
}

/// What there is to sell.
#[service(plugin = Stall)]
impl Goods {
    async fn start(offers: Offers) -> Self {
        assert!(offers.replace("fruit", vec![goods("SELL_APPLE")]).await.is_empty());
        Self { offers }
    }
}

/// Sells nothing at all.
#[action(plugin = Stall, roles("owner"))]
async fn sell_nothing() -> String {
    "nothing sold".to_owned()
}

struct Sell(&'static str);

impl RunOffered for Sell {
    fn run<'a>(&'a self, invocation: &'a Invocation) -> HandlerFuture<'a, ActionResult> {
        Box::pin(async move {
            let count = invocation.arguments().and_then(|arguments| arguments.get("count")?.as_i64());
            let progress = ActionProgress {
                run: invocation.turn.as_ref().map(|turn| turn.run),
                room: None,
                action: self.0.to_owned(),
                progress: 1.0,
                total: None,
                message: None,
            };
            invocation.agent.emit(progress).await;
            ActionResult::text(format!("{}: {} sold", self.0, count.unwrap_or_default()))
        })
    }
}

fn goods(name: &'static str) -> OfferedAction {
    OfferedAction {
        name: name.to_owned(),
        description: format!("Does {name}."),
        parameters: json!({ "type": "object", "properties": { "count": { "type": "integer" } }, "required": ["count"] }),
        timeout: Duration::from_secs(5),
        approval: None,
        idempotent: true,
        run: Arc::new(Sell(name)),
    }
}

fn sold(agent: &TestAgent) -> Vec<&'static str> {
    let parts = agent.parts();
    parts.actions.iter().map(|action| action.def.name).filter(|name| name.starts_with("SELL")).collect()
}

#[tokio::test]
async fn offered_actions_are_actions_until_others_are_offered() -> TestResult {
    let script = Script::new()
        .calls("sell apple", json!({ "count": 2 }))
        .says("Two.")
        .calls("SELL_APPLE", json!({ "count": "many" }))
        .says("Sorry.");
    let agent = TestAgent::with::<Stall>()
        .character(json!({ "middleware": ["timing"] }))
        .model(script)
        .start()
        .await?;
    assert_eq!(sold(&agent), ["SELL_NOTHING", "SELL_APPLE"]);
    assert!(agent.plan().text().contains("offers actions at run time"));
    let turn = agent.says("Two apples.").await?;
    assert_eq!(turn.result("SELL_APPLE").unwrap().summary(), "SELL_APPLE: 2 sold");
    agent.event::<ActionProgress>().await?;
    let timed = agent.timings().into_iter().any(|timing| timing.part.name == "SELL_APPLE");
    assert!(timed, "the character's layers are around it");
    let wrong = agent.says("Many apples.").await?;
    assert!(!wrong.result("SELL_APPLE").unwrap().success);

    let service = agent.service::<Goods>().unwrap();
    let odd = OfferedAction { parameters: json!({ "type": "array" }), ..goods("SELL_ODD") };
    let list = vec![goods("SELL_PEAR"), goods("SELL_NOTHING"), goods("sell plums"), goods("REPLY"), odd];
    let refused: Vec<String> =
        service.offers.replace("fruit", list).await.into_iter().map(|it| it.name).collect();
    assert_eq!(refused, ["sell plums", "REPLY", "SELL_ODD", "SELL_NOTHING"]);
    assert!(service.offers.replace("nuts", vec![goods("SELL_NUT")]).await.is_empty());
    assert_eq!(sold(&agent), ["SELL_NOTHING", "SELL_PEAR", "SELL_NUT"]);
    assert_eq!(agent.event::<ActionsOffered>().await?.plugin, "stall");

    agent.plugins().reload("stall").await?;
    assert_eq!(sold(&agent), ["SELL_NOTHING", "SELL_APPLE"]);
    service.offers.replace("fruit", vec![goods("SELL_PEAR")]).await;
    assert_eq!(sold(&agent), ["SELL_NOTHING", "SELL_APPLE"], "another loading has taken over");
    agent.plugins().disable("stall").await?;
    assert!(sold(&agent).is_empty());
    Ok(())
}

#[tokio::test]
async fn an_action_is_run_by_its_name_with_all_that_guards_it() -> TestResult {
    let agent = TestAgent::with::<Stall>().start().await?;
    let arguments = |count: Value| Map::from_iter([("count".to_owned(), count)]);
    for (founder, name, arguments, success, told) in [
        (false, "SELL_APPLE", arguments(json!(3)), true, "SELL_APPLE: 3 sold"),
        (false, "SELL_APPLE", arguments(json!("x")), false, "count"),
        (false, "SELL_NOTHING", Map::new(), false, "is for owner"),
        (true, "SELL_NOTHING", Map::new(), true, "nothing sold"),
        (false, "SELL_STONE", Map::new(), false, "there is no action SELL_STONE"),
    ] {
        let world = if founder { "own" } else { "other" };
        let asked = Incoming { founder, ..Incoming::direct(world, "desk", "Ann", name) };
        let (replies, record) = agent.perform(asked, name, arguments).await?.finish().await;
        let record = record.unwrap();
        let result = record.steps[0].result.as_ref().unwrap();
        assert_eq!(result.success, success, "{name}: {result:?}");
        assert!(result.summary().contains(told), "{name}: {result:?}");
        assert!(replies.is_empty() && record.model_calls.is_empty() && !record.responded, "{record:?}");
        assert!(agent.store().run(record.run).await?.is_some());
    }
    assert!(agent.requests().is_empty(), "no model is asked");
    Ok(())
}
