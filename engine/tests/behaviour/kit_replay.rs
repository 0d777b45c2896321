//! Turns that are played again out of their records.

use galatea::{
    memory::RoomKind,
    model::Purpose,
    prelude::*,
    store::StoredRun,
    testing::{ReplayError, Script, TestAgent, TestResult, Turn, replay},
    turn::RunRecord,
};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Does things that shall not be done twice.
#[plugin("kit-till")]
pub struct Till;

static SOLD: AtomicUsize = AtomicUsize::new(0);

/// Sells something and says so.
#[action(plugin = Till, similes("VEND"))]
async fn sell(reply: Reply) -> ActionResult {
    let sold = SOLD.fetch_add(1, Ordering::SeqCst) + 1;
    drop(reply.text("Sold.").await);
    drop(reply.text("Thank you.").await);
    ActionResult::text(format!("sold {sold}")).with_value("sold", sold)
}

/// Counts, quietly.
#[action(plugin = Till)]
async fn count_till() -> ActionResult {
    ActionResult::text(format!("{} sold so far", SOLD.load(Ordering::SeqCst)))
}

/// Asks a model while it runs.
#[action(plugin = Till)]
async fn ask_around(models: Models) -> Result<String, ModelError> {
    let answer = models.ask(ModelKind::TextLarge, ModelRequest::new(Purpose::Reply, "Well?")).await?;
    Ok(format!("they say {}", answer.text))
}

/// Ends everything when it fails.
#[action(plugin = Till, critical)]
async fn open_till() -> Result<(), String> {
    Err("it is stuck".to_owned())
}

/// What is said in a turn is what is said when it is played again, from the record and from the store alike.
async fn plays_again(agent: &TestAgent, turn: &Turn) -> TestResult {
    let store = agent.store();
    let stored = store.run(turn.record().run).await?.ok_or("the run is stored")?;
    let memories = store.count_memories(&galatea::store::MemoryQuery::default()).await?;
    for replayed in [replay(&stored, &store).await?, replay(turn.record(), &store).await?] {
        assert_eq!(replayed.replies, turn.replies(), "{turn}");
        let steps = |record: &RunRecord| {
            let steps = record.steps.iter().map(|step| (step.action.clone(), step.status));
            steps.collect::<Vec<_>>()
        };
        assert_eq!(steps(&replayed.record), steps(turn.record()), "{turn}");
    }
    assert_eq!(store.count_memories(&galatea::store::MemoryQuery::default()).await?, memories);
    Ok(())
}

fn none() -> serde_json::Value {
    json!({})
}

#[tokio::test]
async fn every_kind_of_turn_plays_again() -> TestResult {
    let scripts = [
        ("a reply", Script::new().says("Good morning.")),
        ("an action that speaks", Script::new().calls("SELL", none())),
        ("by another name", Script::new().calls("vend", none())),
        (
            "a chain",
            Script::new().calls_all([("COUNT_TILL", none()), ("SELL", none()), ("COUNT_TILL", none())]),
        ),
        ("words, then an action", Script::new().gives(both("One moment.", "COUNT_TILL")).says("That many.")),
        ("an action that asks", Script::new().calls("ASK_AROUND", none()).says("yes").says("They said yes.")),
        ("a failure", Script::new().calls("GO_FISHING", none()).says("I cannot fish.")),
        ("a near miss", Script::new().calls("SEL", none()).calls("SELL", none())),
        ("an end", Script::new().calls_all([("OPEN_TILL", none()), ("SELL", none())])),
        ("an end of one", Script::new().calls("OPEN_TILL", none())),
        ("no words", Script::new().calls("REPLY", none()).says("Then in words.")),
        ("no words at all", Script::new().calls("COUNT_TILL", none()).says("")),
        ("silence", Script::new().calls("IGNORE", none())),
        ("a dead model", Script::new().fails(ModelError::Unavailable("no electricity".to_owned()))),
        ("a model that dies", Script::new().calls("COUNT_TILL", none()).fails(ModelError::Cancelled)),
        ("for ever", Script::new().calls("COUNT_TILL", none()).forever()),
    ];
    for (what, script) in scripts {
        let agent = TestAgent::with::<Till>().model(script).start().await?;
        let turn = agent.says(what).await?;
        let sold = SOLD.load(Ordering::SeqCst);
        plays_again(&agent, &turn).await.map_err(|error| format!("{what}: {error}"))?;
        assert_eq!(SOLD.load(Ordering::SeqCst), sold, "nothing is done again");
    }
    Ok(())
}

fn both(text: &str, action: &str) -> ModelAnswer {
    let call = galatea::model::ToolCall {
        id: String::new(),
        name: action.to_owned(),
        arguments: Default::default(),
    };
    ModelAnswer { calls: vec![call], ..ModelAnswer::text(text) }
}

#[tokio::test]
async fn who_is_answered_plays_again() -> TestResult {
    let ignore = || Script::new().on(Purpose::ShouldRespond, Script::new().says("IGNORE"));
    let only_followed = json!({ "respond": { "only-followed": true } });
    let always = json!({ "respond": { "always-in": ["group"] } });
    let rows = [
        (Script::new().says("Yes?"), none(), "Anybody there?", true),
        (ignore(), none(), "Anybody there?", false),
        (Script::new(), only_followed.clone(), "Anybody there?", false),
        (
            Script::new().on(Purpose::ShouldRespond, Script::new()).says("Yes?"),
            always,
            "Anybody there?",
            true,
        ),
    ];
    for (script, character, text, responds) in rows {
        let agent = TestAgent::with::<Till>().character(character).model(script).start().await?;
        let turn = agent.user("ann").in_room("shop", RoomKind::Group).says(text).await?;
        assert_eq!(turn.record().responded, responds, "{turn}");
        plays_again(&agent, &turn).await?;
    }
    Ok(())
}

/// Rewrites and holds what is said.
#[plugin("kit-censor")]
pub struct Censor;

/// Lets nobody shout.
#[evaluator(plugin = Censor, gate)]
async fn no_shouting() -> Option<Evaluation> {
    Some(Evaluation { rewrite: Some("(quietly) hello".to_owned()), ..Evaluation::new(0.0, false) })
}

#[tokio::test]
async fn what_a_gate_made_of_it_plays_again() -> TestResult {
    let agent = TestAgent::with::<Censor>().model(Script::new().says("HELLO!")).start().await?;
    let turn = agent.says("Hello?").await?;
    turn.assert_replied("(quietly) hello");
    plays_again(&agent, &turn).await
}

#[tokio::test]
async fn a_difference_is_named() -> TestResult {
    let script = Script::new().calls("COUNT_TILL", none()).says("That many.");
    let agent = TestAgent::with::<Till>().model(script).start().await?;
    let turn = agent.says("How many?").await?;
    let store = agent.store();
    let good = turn.record().clone();
    let changed = |change: &dyn Fn(&mut RunRecord)| {
        let mut record = good.clone();
        change(&mut record);
        record
    };
    let rows: [(RunRecord, &str); 4] = [
        (
            changed(&|record| record.model_calls[1].text = "That few.".to_owned()),
            "replies[0].text\n  - \"That many.\"\n  + \"That few.\"",
        ),
        (changed(&|record| record.model_calls[0].calls.clear()), "steps[0]\n  - {\"action\":\"COUNT_TILL\""),
        (changed(&|record| record.responded = false), "model-answers\n  - 2\n  + 0"),
        (changed(&|record| drop(record.model_calls.pop())), "replies[0].text\n  - \"That many.\""),
    ];
    for (record, wanted) in rows {
        let told = match replay(&record, &store).await {
            Err(error @ ReplayError::Different(_)) => error.to_string(),
            other => panic!("{wanted}: {other:?}"),
        };
        assert!(told.contains(wanted), "{wanted} in {told}");
    }
    let cut_off = changed(&|record| record.status = galatea::turn::RunStatus::Timeout);
    assert!(matches!(replay(&cut_off, &store).await, Err(ReplayError::CutOff("timeout"))));
    let lost = changed(&|record| record.replies.push(uuid::Uuid::nil()));
    assert!(
        matches!(replay(&lost, &store).await, Err(ReplayError::Missing(what)) if what.starts_with("the reply"))
    );
    let unreadable = StoredRun { record: json!(7), ..store.run(good.run).await?.ok_or("stored")? };
    assert!(matches!(replay(&unreadable, &store).await, Err(ReplayError::Unreadable(_))));
    Ok(())
}

#[tokio::test]
async fn records_stay_small() -> TestResult {
    let script = Script::new().calls("ASK_AROUND", none()).says("yes, ".repeat(500)).says("They said yes.");
    let agent = TestAgent::with::<Till>().model(script).start().await?;
    let turn = agent.says("Ask around.").await?;
    let kept: Vec<(Option<usize>, usize)> =
        turn.record().model_calls.iter().map(|call| (call.step, call.text.len())).collect();
    assert_eq!(kept, [(None, 0), (Some(1), 0), (None, 14)], "what an action asked is not kept");
    let plain =
        Arc::new(galatea::turn::ModelCall { text: String::new(), ..turn.record().model_calls[2].clone() });
    assert!(!serde_json::to_string(plain.as_ref())?.contains("\"text\""));
    Ok(())
}
