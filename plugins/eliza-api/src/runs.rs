//! `/api/agents/{agent}/runs`: what became of messages.

use crate::{
    door::{Door, id},
    failure::Failure,
    sessions::time,
    shape::success,
};
use axum::{
    Json,
    extract::{Path, Query, State},
};
use galatea::{
    memory::Role,
    store::StoredRun,
    turn::{RunRecord, RunStatus, StepStatus},
};
use galatea_server::{Access, Directory, Scope};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many runs are listed: without a word, and at most.
const LISTED: usize = 20;
const MOST_LISTED: usize = 100;

/// How many runs are looked at to find those that are asked for.
const LOOKED_AT: usize = 1000;

/// A run, its record and its times in milliseconds.
struct Read {
    run: StoredRun,
    record: RunRecord,
}

impl Read {
    fn of(run: StoredRun) -> Self {
        let record = serde_json::from_value(run.record.clone()).unwrap_or_default();
        Self { run, record }
    }

    const fn status(&self) -> &'static str {
        match self.record.status {
            RunStatus::Running | RunStatus::Waiting => "started",
            RunStatus::Completed => "completed",
            RunStatus::Timeout => "timeout",
            RunStatus::Failed | RunStatus::Cancelled | RunStatus::Interrupted | RunStatus::Parked => "error",
        }
    }

    fn began(&self) -> i64 {
        self.run.at.as_millisecond()
    }

    fn millis(&self) -> Option<i64> {
        self.run.is_finished().then(|| i64::try_from(self.record.micros / 1000).unwrap_or(i64::MAX))
    }

    fn ended(&self) -> Option<i64> {
        self.millis().map(|millis| self.began().saturating_add(millis))
    }

    fn summary(&self) -> Value {
        let record = &self.record;
        let failed = record.steps.iter().filter(|step| step.status == StepStatus::Failed).count();
        json!({
            "runId": self.run.id,
            "status": self.status(),
            "startedAt": self.began(),
            "endedAt": self.ended(),
            "durationMs": self.millis(),
            "messageId": self.run.message,
            "roomId": self.run.room,
            "counts": {
                "actions": record.steps.len(),
                "modelCalls": record.model_calls.len(),
                "errors": failed + usize::from(record.error.is_some()),
                "evaluators": record.evaluations.len(),
            },
            "metadata": { "reason": record.reason, "error": record.error },
        })
    }

    /// What happened, in its order. Records keep how long a part took, not when it began: all is told of the beginning but the end.
    fn events(&self) -> Vec<Value> {
        let record = &self.record;
        let event =
            |kind: &str, data: Value| json!({ "type": kind, "timestamp": self.began(), "data": data });
        let mut events = vec![event("RUN_STARTED", json!({ "messageId": self.run.message }))];
        events.extend(record.model_calls.iter().map(|call| {
            event(
                "MODEL_USED",
                json!({
                    "modelType": call.kind, "provider": call.provider, "model": call.model,
                    "executionTime": call.micros / 1000, "inputTokens": call.usage.prompt,
                    "outputTokens": call.usage.completion, "cost": call.cost,
                }),
            )
        }));
        for step in &record.steps {
            events.push(event("ACTION_STARTED", json!({ "actionName": step.action })));
            let is_done = step.status == StepStatus::Completed;
            let data = json!({
                "actionName": step.action, "success": is_done, "result": step.result, "params": step.arguments,
                "durationMs": step.micros / 1000,
            });
            events.push(event("ACTION_COMPLETED", data));
        }
        events.extend(record.evaluations.iter().map(|one| {
            event(
                "EVALUATOR_COMPLETED",
                json!({ "evaluatorName": one.evaluator, "success": one.error.is_none() }),
            )
        }));
        if let Some(ended) = self.ended() {
            let data = json!({ "status": self.status(), "error": record.error, "durationMs": self.millis() });
            events.push(json!({ "type": "RUN_ENDED", "timestamp": ended, "data": data }));
        }
        events
    }
}

pub(crate) async fn list(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Failure> {
    let agent = Door::of(directory, access)?.agent_for(&agent, Role::Admin, Scope::Read)?;
    let room = query.get("roomId").map(|room| id(room, "room")).transpose()?;
    let limit =
        query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED).clamp(1, MOST_LISTED);
    let (from, to) = (time(&query, "from")?, time(&query, "to")?);
    let wanted = query.get("status").filter(|status| status.as_str() != "all");
    let all = agent.store().runs(room, LOOKED_AT).await?.into_iter().map(Read::of);
    let fits = |read: &Read| {
        wanted.is_none_or(|status| status == read.status())
            && from.is_none_or(|from| read.run.at >= from)
            && to.is_none_or(|to| read.run.at <= to)
    };
    let fitting: Vec<Read> = all.filter(fits).collect();
    let runs: Vec<Value> = fitting.iter().take(limit).map(Read::summary).collect();
    Ok(success(json!({ "runs": runs, "total": fitting.len(), "hasMore": fitting.len() > limit })))
}

pub(crate) async fn one(
    State(directory): State<Directory>,
    access: Access,
    Path((agent, run)): Path<(String, String)>,
) -> Result<Json<Value>, Failure> {
    let agent = Door::of(directory, access)?.agent_for(&agent, Role::Admin, Scope::Read)?;
    let run = agent.store().run(id(&run, "run")?).await?.ok_or_else(|| Failure::not_found("Run"))?;
    let read = Read::of(run);
    Ok(success(json!({ "summary": read.summary(), "events": read.events() })))
}
