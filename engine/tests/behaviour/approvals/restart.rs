//! What becomes of questions over restarts, and of answers that come at an odd moment.

use super::*;

/// An agent on a storage that outlives it.
async fn start_on(store: &Arc<InMemory>, toml: &str) -> Agent {
    let store: Arc<dyn Store> = store.clone();
    let options = StartOptions { store: Some(store), ..StartOptions::default() };
    Agent::start(plan(toml), &Registry::linked().unwrap(), options).await.unwrap()
}

/// What the agent said, in order.
async fn said(agent: &Agent) -> Vec<String> {
    let query = MemoryQuery {
        kind: Some(MemoryKind::Message),
        entity: Some(agent.id()),
        limit: 100,
        ..MemoryQuery::default()
    };
    agent.store().memories(&query).await.unwrap().into_iter().map(|memory| memory.content.text).collect()
}

#[tokio::test]
async fn what_was_said_before_a_question_does_not_answer_it() {
    let (agent, _) = start("[plugins.slow]").await;
    let asks = agent.send(Incoming { founder: true, ..from("sam", "do TAKE_TIME,PAY=3") }).await.unwrap();
    let before = agent.send(from("sam", "ok")).await.unwrap();
    assert_eq!(asks.finish().await.1.unwrap().status, RunStatus::Waiting);
    let (replies, record) = before.finish().await;
    assert_eq!((replies[0].content.text.as_str(), record.unwrap().answers), ("heard: ok", None));
    assert_eq!(agent.approvals().await.unwrap().len(), 1, "it waits on");
    let (replies, resumed) = ask(&agent, "ok").await;
    assert_eq!(replies, ["[took it|paid 3]"]);
    assert!(resumed.approvals[0].answered_in.is_some());
    agent.stop().await;
}

#[tokio::test]
async fn one_yes_allows_one_action_also_if_the_process_ends_in_between() {
    let store = Arc::new(InMemory::new());
    let first = start_on(&store, CHARACTER).await;
    ask(&first, "do PAY=1").await;
    let (_, asked) = ask(&first, "do PAY=2").await;
    let (_, other) = ask(&first, "say hello").await;
    // As a process leaves it that is killed when the answer is stored and the run of the yes is not ended.
    let mut run = store.run(other.run).await.unwrap().unwrap();
    let hello = store.memories_by_id(&[other.message]).await.unwrap().remove(0);
    let yes = Memory { id: Uuid::now_v7(), content: Content::text("yes"), sequence: 0, ..hello };
    run.id = galatea::text::id::stable_id_for(yes.id, "run");
    run.message = yes.id;
    let record = RunRecord { run: run.id, room: run.room, message: yes.id, ..RunRecord::default() };
    run.record = serde_json::to_value(&record).unwrap();
    run.status = record.status.name().to_owned();
    store.put_run(&run, std::slice::from_ref(&yes)).await.unwrap();
    let mut settled = store.run(asked.run).await.unwrap().unwrap();
    let mut record: RunRecord = serde_json::from_value(settled.record).unwrap();
    let (ruling, at) = (Ruling::Granted, first.clock().now());
    record.approvals[0].answered =
        Some(Answered { ruling, by: Some(yes.entity), name: "sam".to_owned(), at });
    record.approvals[0].answered_in = Some(yes.id);
    record.status = RunStatus::Running;
    settled.status = record.status.name().to_owned();
    settled.record = serde_json::to_value(&record).unwrap();
    store.put_run(&settled, &[]).await.unwrap();
    first.stop().await;

    let second = start_on(&store, CHARACTER).await;
    until("all is ended", async || store.unfinished().await.unwrap().is_empty()).await;
    let ended = stored(&second, run.id).await;
    assert_eq!(
        (ended.answers, ended.reason.as_str()),
        (Some(asked.run), "answered approval of PAY: granted")
    );
    assert_eq!(said(&second).await.last().unwrap(), "[paid 2]");
    let waiting = second.approvals().await.unwrap();
    assert_eq!((waiting.len(), &waiting[0].arguments["value"]), (1, &"1".into()), "the other one waits on");
    second.stop().await;
}

#[tokio::test]
async fn a_question_that_cannot_be_read_keeps_nothing_else_waiting() {
    let store = Arc::new(InMemory::new());
    let first = start_on(&store, CHARACTER).await;
    let (_, asked) = ask(&first, "do PAY=1").await;
    ask(&first, "do PAY=2").await;
    let mut broken = store.run(asked.run).await.unwrap().unwrap();
    broken.record = serde_json::json!({ "run": asked.run, "steps": "of another version" });
    store.put_run(&broken, &[]).await.unwrap();
    let arguments = async |agent: &Agent| -> Vec<String> {
        let waiting = agent.approvals().await.unwrap();
        waiting.iter().map(|approval| approval.arguments["value"].to_string()).collect()
    };
    assert_eq!(arguments(&first).await, ["\"2\""]);
    first.stop().await;

    let second = start_on(&store, CHARACTER).await;
    let parked = second.parked().await.unwrap();
    assert_eq!((parked.len(), parked[0].run), (1, asked.run));
    assert!(parked[0].why.starts_with("the record of its run cannot be read"), "{}", parked[0].why);
    assert_eq!(arguments(&second).await, ["\"2\""]);
    assert_eq!(ask(&second, "yes").await.0, ["[paid 2]"]);
    second.discard(asked.run).await.unwrap();
    assert!(second.parked().await.unwrap().is_empty());
    second.stop().await;
}

/// Answers what waits while the agent starts.
#[plugin("early-bird")]
pub struct EarlyBird;

#[on(LoadReported, plugin = EarlyBird)]
async fn answers_early(agent: Agent) {
    let approval = agent.approvals().await.unwrap().remove(0);
    let answering = agent.clone();
    tokio::spawn(async move { answering.answer(approval.id, Answer::Allow, None).await.map(drop) });
    while !agent.store().waiting().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Keeps the answer, which is stored, from being queued until the start has taken up what it found.
#[on(ApprovalAnswered, plugin = EarlyBird)]
async fn takes_its_time() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}

#[tokio::test]
async fn what_is_answered_during_a_start_goes_on_once() {
    let store = Arc::new(InMemory::new());
    let first = start_on(&store, CHARACTER).await;
    let (asked, _) = ask(&first, "do PAY=3").await;
    first.stop().await;
    let second = start_on(&store, &format!("{CHARACTER}\n[plugins.early-bird]")).await;
    until("it is ended", async || store.unfinished().await.unwrap().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(said(&second).await, [asked[0].as_str(), "[paid 3]"]);
    second.stop().await;
}

/// Has an action that is taken for one of the till where that is missing.
#[plugin("till-double")]
pub struct TillDouble;

/// Keeps the money.
#[action(plugin = TillDouble, similes("PAY"))]
async fn pocket() -> &'static str {
    "pocketed"
}

#[tokio::test]
async fn what_was_allowed_is_run_and_nothing_of_a_similar_name() {
    let store = Arc::new(InMemory::new());
    let first = start_on(&store, CHARACTER).await;
    ask(&first, "do PAY=3").await;
    first.stop().await;
    let second = start_on(&store, "name = \"Ada\"\n[plugins.puppet]\n[plugins.till-double]").await;
    let (said, record) = ask(&second, "yes").await;
    assert_eq!(
        said,
        [
            "[PAY was allowed, but it is not there any more: its plugin is not loaded, or does not offer it now]"
        ]
    );
    assert_eq!(statuses(&record), "F");
    assert_eq!(ask(&second, "do PAY=3").await.0, ["[pocketed]"], "it is what the name means now");
    second.stop().await;
}
