//! What may be spent on models is not exceeded, whoever asks at the same time; a restart forgets nothing of it.

use crate::support::{plan, turn, until};
use futures_util::future::join_all;
use galatea::{
    agent::{Incoming, StartOptions},
    event::ModelUsed,
    model::Usage,
    prelude::*,
    registry::Registry,
    store::{InMemory, Store},
    turn::{RunRecord, RunStatus},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

/// Says how many tokens it used.
#[plugin("taximeter")]
pub struct Taximeter;

/// Uses 60 tokens to read, and 20 to write, or as many as it may.
#[model(TextSmall, TextLarge, tools, plugin = Taximeter)]
async fn taximeter(request: Request) -> Result<ModelAnswer, ModelError> {
    tokio::time::sleep(Duration::from_millis(2)).await;
    let most = u64::from(request.parameters.max_tokens.unwrap_or(u32::MAX));
    match request.last_user_text() {
        "refuse" => return Err(ModelError::Rejected("no".to_owned())),
        "mumble" => return Ok(ModelAnswer { model: "taxi-1".to_owned(), ..ModelAnswer::text("mumbled") }),
        _ => {}
    }
    let usage = Usage::new(60, most.min(20));
    Ok(ModelAnswer { usage, model: "taxi-1".to_owned(), ..ModelAnswer::text("measured") })
}

async fn metered(budget: &str, store: &Arc<InMemory>) -> (Agent, Clock) {
    let toml = format!("name = \"Ada\"\n[plugins.taximeter]\n{budget}");
    let clock = Clock::fixed("2026-11-22T13:00:00Z".parse().unwrap());
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    let options = StartOptions { clock: clock.clone(), store: Some(store), ..StartOptions::default() };
    (Agent::start(plan(&toml), &Registry::linked().unwrap(), options).await.unwrap(), clock)
}

async fn say(agent: &Agent, room: &str, who: &str, text: &str) -> (String, RunRecord) {
    let (said, record) = turn(agent, Incoming::direct("test", room, who, text)).await;
    (said.concat(), record)
}

async fn used(agent: &Agent) -> u64 {
    agent.budgets(None).await.unwrap()[0].used
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_day_s_budget_is_not_exceeded_by_32_rooms_at_once_and_outlives_a_restart() {
    for limit in ["", "[models.parameters]\nmax-tokens = 50\n"] {
        let budget = format!("[budget]\nagent.day = {{ tokens = 1000 }}\n{limit}");
        let store = Arc::new(InMemory::new());
        let (agent, _) = metered(&budget, &store).await;
        let told = Arc::new(AtomicU64::new(0));
        let _heard = agent.on({
            let told = Arc::clone(&told);
            move |call: Arc<ModelUsed>| {
                let told = Arc::clone(&told);
                async move {
                    told.fetch_add(call.usage.tokens(), SeqCst);
                }
            }
        });
        let rooms: Vec<String> = (0..32).map(|room| format!("room {room}")).collect();
        let ended = join_all(rooms.iter().map(|room| say(&agent, room, "sam", "Measure!"))).await;
        let answered = ended.iter().filter(|(said, _)| said == "measured").count() as u64;
        let spent = used(&agent).await;
        assert_eq!(spent, told.load(SeqCst), "what was used is what counts");
        // The last one may have had less than 20 left to write.
        assert!((answered * 80 - 20..=answered * 80).contains(&spent), "{spent} for {answered}");
        // The prompt is believed to be longer than it is, so that the last of it is left.
        assert!((720..=1000).contains(&(answered * 80)), "{answered} answers");
        for (said, record) in ended.iter().filter(|(said, _)| said != "measured") {
            assert!(
                said.starts_with(
                    "I cannot answer that now: the agent's budget of 1000 tokens a day does not allow it: "
                ) && said.ends_with("there is more from 2026-11-23 00:00 UTC on."),
                "{said}"
            );
            assert_eq!(record.status, RunStatus::Failed);
            let why = &record.model_calls[0].failed[0].1;
            assert!(why.starts_with("the agent's budget of 1000 tokens a day"), "{why}");
        }
        agent.stop().await;

        let (agent, clock) = metered(&budget, &store).await;
        assert_eq!(used(&agent).await, spent, "a restart forgets nothing");
        assert!(say(&agent, "room 0", "sam", "Measure!").await.0.contains("budget"));
        clock.advance(Duration::from_secs(11 * 3_600));
        assert_eq!(say(&agent, "room 0", "sam", "Measure!").await.0, "measured", "the next day");
        assert_eq!(used(&agent).await, 80);
        agent.stop().await;
    }
}

#[tokio::test]
async fn each_person_room_and_turn_has_its_own_budget() {
    let store = Arc::new(InMemory::new());
    let (agent, clock) = metered("[budget]\nuser.hour = { tokens = 300 }\n", &store).await;
    let (mut answers, mut said) = (0, say(&agent, "den", "sam", "Measure!").await.0);
    while said == "measured" {
        answers += 1;
        said = say(&agent, "den", "sam", "Measure!").await.0;
    }
    assert!((1..=3).contains(&answers), "{answers}");
    assert!(said.contains("your budget of 300 tokens an hour does not allow it"), "{said}");
    assert_eq!(say(&agent, "den", "ann", "Measure!").await.0, "measured", "another person");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(say(&agent, "den", "sam", "Measure!").await.0, "measured", "the next hour");
    agent.stop().await;

    let (agent, _) = metered("[budget]\nroom.day = { tokens = 300 }\n", &Arc::new(InMemory::new())).await;
    while say(&agent, "den", "sam", "Measure!").await.0 == "measured" {}
    let (said, _) = say(&agent, "den", "ann", "Measure!").await;
    assert!(said.contains("this room's budget of 300 tokens a day"), "{said}");
    assert_eq!(say(&agent, "hall", "ann", "Measure!").await.0, "measured", "another room");
    agent.stop().await;

    let (agent, _) = metered("[budget]\nturn = { tokens = 40 }\n", &Arc::new(InMemory::new())).await;
    let (said, _) = say(&agent, "den", "sam", "Measure!").await;
    assert!(
        said.contains("the agent's budget of 40 tokens a turn does not allow it: 0 tokens are used"),
        "{said}"
    );
    agent.stop().await;
}

#[tokio::test]
async fn what_failed_is_not_paid_for_and_what_does_not_count_itself_is_believed() {
    let budget = "[budget]\nagent.day = { tokens = 100000 }\n";
    let (agent, _) = metered(budget, &Arc::new(InMemory::new())).await;
    say(&agent, "den", "sam", "refuse").await;
    assert_eq!(used(&agent).await, 0);
    say(&agent, "den", "sam", "mumble").await;
    let believed = used(&agent).await;
    assert!((20..400).contains(&believed), "{believed}");
    agent.stop().await;
}

#[tokio::test]
async fn money_is_counted_by_the_prices_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.toml");
    let price = "[taximeter]\n\"taxi-1\" = { input = 10, output = 20, date = \"2026-11-22\", source = \"the shop\" }\n";
    std::fs::write(&path, price).unwrap();
    let budget = format!("[budget]\nprices = '{}'\nagent.day = {{ dollars = 0.01 }}\n", path.display());
    let (agent, _) = metered(&budget, &Arc::new(InMemory::new())).await;
    let (said, record) = say(&agent, "den", "sam", "Measure!").await;
    assert_eq!(said, "measured");
    // 60 * 10 + 20 * 20 millionths.
    assert_eq!(record.model_calls[0].cost.map(|cost| cost.to_string()).as_deref(), Some("$0.001"));
    let mut last = String::new();
    for _ in 0..12 {
        last = say(&agent, "den", "sam", "Measure!").await.0;
    }
    assert!(last.contains("the agent's budget of $0.01 a day does not allow it: $0.00"), "{last}");
    let used = used(&agent).await;
    assert!((5_000_000..=10_000_000).contains(&used), "{used}");
    let models = agent.analytics().models;
    assert_eq!(models[0].cost.map(|cost| cost.nanos()), Some(used), "{models:?}");
    until("everything is settled", async || agent.model_status()[0].running == 0).await;
    agent.stop().await;
}

/// Without an end, the turn would be asked over and over whether a shorter answer costs less.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_whose_answers_cost_nothing_is_refused_where_its_requests_cost_too_much() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.toml");
    let price = "[taximeter]\n\"taxi-1\" = { input = 10, date = \"2026-11-22\", source = \"the shop\" }\n";
    std::fs::write(&path, price).unwrap();
    let budget = format!("[budget]\nprices = '{}'\nagent.day = {{ dollars = 0.002 }}\n", path.display());
    let (agent, _) = metered(&budget, &Arc::new(InMemory::new())).await;
    let refused = async { while say(&agent, "den", "sam", "Measure!").await.0 == "measured" {} };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    assert!(used(&agent).await <= 2_000_000);
    agent.stop().await;
}

/// Counts.
#[plugin("tallymarks")]
pub struct Tallymarks;

/// A token for each three bytes.
#[model(TokenizerEncode, plugin = Tallymarks)]
async fn count(request: Request) -> Result<Vec<u32>, ModelError> {
    Ok(vec![0; request.last_user_text().len() / 3])
}

#[tokio::test]
async fn to_count_costs_nothing() {
    let budget = "[plugins.tallymarks]\n[models]\ncontext-tokens = 256\n[budget]\nturn = { tokens = 1000 }\n";
    let (agent, _) = metered(budget, &Arc::new(InMemory::new())).await;
    let (said, record) = say(&agent, "den", "sam", &"fog ".repeat(400)).await;
    assert_eq!(said, "measured");
    let kinds: Vec<&str> = record.model_calls.iter().map(|call| call.kind.name()).collect();
    assert_eq!(kinds, ["tokenizer-encode", "text-large"], "it was counted");
    agent.stop().await;
}
