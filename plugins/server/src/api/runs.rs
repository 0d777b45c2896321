//! Runs: the turns of the agent, one a message.

use super::{
    following::{WhichRun, replies},
    page::{Limit, Page},
    stream,
    who::Who,
};
use galatea::{
    agent::CancelError,
    budget::Money,
    prelude::*,
    route::{Json, Path, Query},
    store::{RunQuery, StoredRun},
    telemetry::KeptPrompt,
    turn::{RunRecord, RunStatus},
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How much of a message a list shows, in characters.
const SHOWN: usize = 160;

/// Which runs to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichRuns {
    /// Only of this room.
    #[serde(default)]
    room: Option<Uuid>,
    /// Only with this status.
    #[serde(default)]
    status: Option<RunStatus>,
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<Uuid>,
}

/// A run in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RunRow {
    run: Uuid,
    room: Uuid,
    message: Uuid,
    status: RunStatus,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// How long it took, in microseconds.
    micros: u64,
    /// The beginning of the message; empty where that is gone.
    text: String,
    /// Tokens of its model calls, of requests and answers.
    tokens: u64,
    /// What the calls cost, in US dollars, as far as that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Money>,
    /// How many model calls there were.
    model_calls: usize,
    /// How many actions it ran.
    steps: usize,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A run, whole.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RunView {
    #[serde(flatten)]
    record: RunRecord,
    /// When it began.
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    /// The message; empty where it is gone.
    text: String,
    /// What the agent said in it, in order; takes the place of the ids.
    said: Vec<Memory>,
    /// For each model call, whether the exact prompt is kept.
    prompts: Vec<bool>,
}

/// The runs that fit, newest first.
#[route(GET, "/runs", roles("admin"), scope = "read")]
pub(crate) async fn list_runs(
    agent: Agent,
    Query(which): Query<WhichRuns>,
) -> Result<Json<Page<RunRow>>, RouteError> {
    let query = RunQuery {
        room: which.room,
        status: which.status.map(|status| status.name().to_owned()),
        before: which.before,
        limit: which.limit.and_one(),
    };
    let runs = agent.store().list_runs(&query).await?;
    let page = Page::of(runs, which.limit, |run| run.id.to_string());
    let ids: Vec<Uuid> = page.items.iter().map(|run| run.message).collect();
    let messages = agent.store().memories_by_id(&ids).await?;
    let texts: BTreeMap<Uuid, String> =
        messages.into_iter().map(|message| (message.id, message.content.text)).collect();
    Ok(Json(page.map(|run| row(run, &texts))))
}

fn row(run: StoredRun, texts: &BTreeMap<Uuid, String>) -> RunRow {
    let text = texts.get(&run.message).map(|text| text.chars().take(SHOWN).collect()).unwrap_or_default();
    let (id, room, message, at) = (run.id, run.room, run.message, run.at);
    let record = stream::record(run.record);
    let costs: Vec<Money> = record.model_calls.iter().filter_map(|call| call.cost).collect();
    RunRow {
        run: id,
        room,
        message,
        status: record.status,
        at,
        micros: record.micros,
        text,
        tokens: record.model_calls.iter().map(|call| call.usage.prompt + call.usage.completion).sum(),
        cost: (!costs.is_empty()).then(|| costs.into_iter().sum()),
        model_calls: record.model_calls.len(),
        steps: record.steps.len(),
        error: record.error.clone(),
    }
}

/// A run: its record, the message, what was said.
#[route(GET, "/runs/{run}", roles("member"), scope = "read")]
pub(crate) async fn show_run(
    agent: Agent,
    caller: Caller,
    Path(WhichRun { run }): Path<WhichRun>,
) -> Result<Json<RunView>, RouteError> {
    let stored = Who::of(&agent, &caller).run(&agent, run).await?;
    let (at, message) = (stored.at, stored.message);
    let record = stream::record(stored.record);
    let said = replies(&agent, &record).await?;
    let text = agent.store().memories_by_id(&[message]).await?.pop();
    let text = text.map(|memory| memory.content.text).unwrap_or_default();
    let kept = agent.prompts(run);
    let prompts = (0..record.model_calls.len()).map(|at| kept.get(at).is_some_and(Option::is_some)).collect();
    Ok(Json(RunView { record: (*record).clone(), at, text, said, prompts }))
}

/// Which model call.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichPrompt {
    /// The run.
    run: Uuid,
    /// Its place among the run's model calls, from 0.
    call: usize,
}

/// What a model was asked in a run, exactly, and what it answered. Only of the last runs it is kept.
#[route(GET, "/runs/{run}/prompts/{call}", roles("admin"), scope = "read")]
pub(crate) async fn show_prompt(
    agent: Agent,
    Path(WhichPrompt { run, call }): Path<WhichPrompt>,
) -> Result<Json<KeptPrompt>, RouteError> {
    let kept = agent.prompts(run).into_iter().nth(call).flatten();
    let missing = || {
        RouteError::not_found(format!("the prompt of call {call} of the run {run} is not kept"))
            .with_code("no-prompt")
    };
    kept.map(|kept| Json(KeptPrompt::clone(&kept))).ok_or_else(missing)
}

/// What becomes of a run that was to end.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Cancelled {
    /// The run.
    run: Uuid,
}

/// Ends a run as soon as it can be.
#[route(POST, "/runs/{run}/cancel", roles("member"), scope = "chat")]
pub(crate) async fn cancel_run(
    agent: Agent,
    caller: Caller,
    Path(WhichRun { run }): Path<WhichRun>,
) -> Result<Json<Cancelled>, RouteError> {
    Who::of(&agent, &caller).run(&agent, run).await?;
    cancel(&agent, run).await?;
    Ok(Json(Cancelled { run }))
}

pub(super) async fn cancel(agent: &Agent, run: Uuid) -> Result<(), RouteError> {
    agent.cancel(run).await.map_err(|error| match error {
        CancelError::Unknown(_) => RouteError::not_found(error.to_string()).with_code("no-run"),
        CancelError::Ended { .. } => RouteError::conflict(error.to_string()).with_code("run-ended"),
        CancelError::Elsewhere(_) => RouteError::conflict(error.to_string()).with_code("run-elsewhere"),
        CancelError::Store(error) => error.into(),
    })
}
