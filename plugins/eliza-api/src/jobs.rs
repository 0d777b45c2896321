//! `/api/messaging/jobs`: a question, and later its answer.
//!
//! A job is a run in a room of its own, and goes by the id of the run: nothing else is kept of it, and it is there after a restart.

use crate::{
    body,
    door::{Door, id},
    failure::Failure,
    health::now,
    place::Place,
    turn::{self, Said},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use galatea::{
    agent::Agent,
    memory::Memory,
    store::Window,
    turn::{RunRecord, RunStatus},
};
use galatea_server::{Access, Directory};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The longest question, in characters.
const LONGEST: usize = 50_000;

/// How long a job may take, in milliseconds: without a word, at least, at most.
const TIMEOUT: i64 = 30_000;
const SHORTEST: i64 = 1_000;
const MOST: i64 = 300_000;

/// How many jobs are listed without a word, and looked at.
const LISTED: usize = 50;
const LOOKED_AT: usize = 200;

/// What the names of rooms of jobs have after the caller's prefix.
const NAME: &str = "job-";

/// Where a message keeps what is known of its job.
const KEY: &str = "eliza-job";

/// What is known of a job beside its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Job {
    user: String,
    timeout: i64,
    #[serde(default)]
    metadata: Map<String, Value>,
}

pub(crate) async fn create(
    State(directory): State<Directory>,
    access: Access,
    body: Bytes,
) -> Result<Response, Failure> {
    let door = Door::of(directory, access)?;
    let body = body::object(&body)?;
    let user = body::id(&body, "userId")?.to_string();
    let text = body::content(&body, LONGEST)?.to_owned();
    let metadata = body::metadata(&body)?;
    let timeout = timeout(&body)?;
    let agent = match body.get("agentId") {
        None | Some(Value::Null) => door
            .agents()?
            .into_iter()
            .next()
            .ok_or_else(|| Failure::not_found("No agents available on server: agent"))?,
        Some(_) => door.agent(&body::id(&body, "agentId")?.to_string())?,
    };
    let place = Place::of(&door, &format!("{NAME}{}", Uuid::now_v7()), &user, None);
    place.enter(&agent).await?;
    let job = Job { user: user.clone(), timeout, metadata };
    // It is kept with the message's own metadata.
    let kept = Map::from_iter([(KEY.to_owned(), json!(job))]);
    let created = agent.clock().now().as_millisecond();
    let sent =
        turn::send(&agent, &place, &user, Said { text, attachments: Vec::new(), metadata: kept }).await?;
    let answer = json!({
        "jobId": sent.handle.run,
        "status": "processing",
        "createdAt": created,
        "expiresAt": created + timeout,
    });
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn timeout(body: &Map<String, Value>) -> Result<i64, Failure> {
    match body.get("timeoutMs") {
        None | Some(Value::Null) => Ok(TIMEOUT),
        Some(value) => match value.as_f64() {
            Some(wanted) if wanted < SHORTEST as f64 => {
                Err(Failure::invalid(format!("timeoutMs must be at least {SHORTEST}ms")))
            }
            Some(wanted) if wanted > MOST as f64 => {
                Err(Failure::invalid(format!("timeoutMs cannot exceed {MOST}ms")))
            }
            Some(wanted) => Ok(wanted as i64),
            None => Err(Failure::invalid("timeoutMs must be a positive number")),
        },
    }
}

/// A job of the caller's, as the client reads it; `None` if there is none.
async fn told(door: &Door, agent: &Agent, run: Uuid) -> Result<Option<Value>, Failure> {
    let store = agent.store();
    let Some(stored) = store.run(run).await? else { return Ok(None) };
    let Some(message) = store.memories_by_id(&[stored.message]).await?.pop() else { return Ok(None) };
    let kept =
        message.content.extra.get(crate::shape::METADATA).and_then(|metadata| metadata.get(KEY)).cloned();
    let Some(job) = kept.and_then(|job| serde_json::from_value::<Job>(job).ok()) else { return Ok(None) };
    let room = store.snapshot(message.room, Window::default()).await?.room;
    if !room.is_some_and(|room| door.owns(agent, &room)) {
        return Ok(None);
    }
    let record: RunRecord = serde_json::from_value(stored.record).unwrap_or_default();
    let created = message.at.as_millisecond();
    let expires = created + job.timeout;
    let is_late = agent.clock().now().as_millisecond() > expires;
    let (status, error) = match record.status {
        RunStatus::Completed | RunStatus::Waiting => ("completed", None),
        RunStatus::Running if is_late => {
            ("timeout", Some("Job timed out waiting for agent response".to_owned()))
        }
        RunStatus::Running => ("processing", None),
        RunStatus::Timeout => ("timeout", record.error.clone()),
        RunStatus::Failed | RunStatus::Cancelled | RunStatus::Interrupted | RunStatus::Parked => {
            ("failed", Some(record.error.clone().unwrap_or_else(|| record.status.name().to_owned())))
        }
    };
    let result = match status {
        "completed" => Some(result(agent, &record, store.memories_by_id(&record.replies).await?)),
        _ => None,
    };
    Ok(Some(json!({
        "jobId": run,
        "status": status,
        "agentId": agent.id(),
        "userId": job.user,
        "prompt": message.content.text,
        "createdAt": created,
        "expiresAt": expires,
        "result": result,
        "error": error,
        "metadata": job.metadata,
    })))
}

fn result(agent: &Agent, record: &RunRecord, mut replies: Vec<Memory>) -> Value {
    replies.sort_by_key(|reply| reply.sequence);
    let texts: Vec<&str> = replies.iter().map(|reply| reply.content.text.as_str()).collect();
    let last = replies.last();
    json!({
        "message": {
            "id": last.map(|reply| reply.id),
            "content": texts.join("\n\n"),
            "authorId": agent.id(),
            "createdAt": last.map(|reply| reply.at.as_millisecond()),
            "metadata": { "status": record.status },
        },
        "processingTimeMs": record.micros / 1000,
    })
}

pub(crate) async fn one(
    State(directory): State<Directory>,
    access: Access,
    Path(job): Path<String>,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let job = id(&job, "job")?;
    for agent in door.agents()? {
        if let Some(told) = told(&door, &agent, job).await? {
            return Ok(Json(told));
        }
    }
    Err(Failure::not_found("Job"))
}

/// The caller's newest jobs, newest first.
async fn newest(door: &Door) -> Result<Vec<Value>, Failure> {
    let prefix = format!("{}{NAME}", door.prefix());
    let mut rooms = Vec::new();
    for agent in door.agents()? {
        let own = agent
            .store()
            .rooms()
            .await?
            .into_iter()
            .filter(|room| door.owns(&agent, room) && room.name.starts_with(&prefix));
        rooms.extend(own.map(|room| (room.name, room.id, agent.clone())));
    }
    // Their names are made of times.
    rooms.sort_by(|(one, ..), (other, ..)| other.cmp(one));
    let mut jobs = Vec::new();
    for (_, room, agent) in rooms.into_iter().take(LOOKED_AT) {
        let runs = agent.store().runs(Some(room), 1).await?;
        for run in runs {
            jobs.extend(told(door, &agent, run.id).await?);
        }
    }
    Ok(jobs)
}

pub(crate) async fn list(
    State(directory): State<Directory>,
    access: Access,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Json<Value>, Failure> {
    let jobs = newest(&Door::of(directory, access)?).await?;
    let total = jobs.len();
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LISTED);
    let fits = |job: &Value| query.get("status").is_none_or(|status| job["status"] == status.as_str());
    let jobs: Vec<Value> = jobs.into_iter().filter(fits).take(limit).collect();
    Ok(Json(json!({ "filtered": jobs.len(), "jobs": jobs, "total": total })))
}

pub(crate) async fn health(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let jobs = newest(&door).await?;
    let count = |status: &str| jobs.iter().filter(|job| job["status"] == status).count();
    let (completed, failed, late) = (count("completed"), count("failed"), count("timeout"));
    let over = (completed + failed + late).max(1) as f64;
    let rate = |part: usize| (part as f64 / over * 100.0).round() / 100.0;
    let spent: u64 = jobs.iter().filter_map(|job| job["result"]["processingTimeMs"].as_u64()).sum();
    Ok(Json(json!({
        "healthy": true,
        "timestamp": now(&door)?.as_millisecond(),
        "totalJobs": jobs.len(),
        "statusCounts": {
            "pending": 0, "processing": count("processing"), "completed": completed, "failed": failed, "timeout": late,
        },
        "metrics": {
            "averageProcessingTimeMs": spent / u64::try_from(completed.max(1)).unwrap_or(1),
            "successRate": rate(completed),
            "failureRate": rate(failed),
            "timeoutRate": rate(late),
        },
        "maxJobs": LOOKED_AT,
    })))
}
