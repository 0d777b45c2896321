//! The log of the process, as far as it is the agent's or nobody's in particular.

use super::{
    headers::WantsStream,
    page::{Limit, Page},
    sent::STREAM,
};
use crate::{Scope, access::Pass};
use axum::response::sse::Event as Sent;
use futures_util::stream;
use galatea::{
    memory::Role,
    prelude::*,
    route::{AnswerShape, DescribeAnswer, IntoResponse, Json, Query, Response, RouteShape},
    telemetry::{Level, LogFilter, LogRecord, logs},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Which records.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichLogs {
    /// This loud, and louder.
    #[serde(default)]
    level: Option<Level>,
    /// Only with this text in them, in any case.
    #[serde(default)]
    q: Option<String>,
    #[serde(default)]
    limit: Limit,
}

/// Log records: those that there are, or each as it is written.
#[derive(Debug)]
pub(crate) struct Log(Response);

impl IntoResponse for Log {
    fn into_response(self) -> Response {
        self.0
    }
}

impl DescribeAnswer for Log {
    fn describe_answer(shape: &mut RouteShape) {
        Json::<Page<LogRecord>>::describe_answer(shape);
        shape.more = vec![AnswerShape { ..STREAM }];
    }
}

/// The newest log records, oldest first; with `accept: text/event-stream` each one from now on, as an event `record`. Secrets
/// in them are covered.
#[route(GET, "/logs", roles("admin"), scope = "read")]
pub(crate) async fn show_logs(
    agent: Agent,
    pass: Pass,
    streams: WantsStream,
    Query(which): Query<WhichLogs>,
) -> Result<Log, RouteError> {
    let name = Some(agent.character().name.clone());
    let filter = LogFilter { level: which.level, text: which.q.filter(|q| !q.is_empty()), agent: name };
    if !streams.0 {
        let records = logs().recent(&filter, which.limit.count());
        let items: Vec<Arc<LogRecord>> = records;
        return Ok(Log(Json(json!({ "items": items })).into_response()));
    }
    let reading = Reading { records: logs().subscribe(), filter };
    let records = stream::unfold(reading, |mut reading| async move {
        let (name, data) = reading.next().await?;
        Some((Sent::default().event(name).data(data.to_string()), reading))
    });
    Ok(Log(pass.lasting(agent.live(), Role::Admin, Scope::Read).events(records)))
}

struct Reading {
    records: Receiver<Arc<LogRecord>>,
    filter: LogFilter,
}

impl Reading {
    async fn next(&mut self) -> Option<(&'static str, Value)> {
        loop {
            match self.records.recv().await {
                Ok(record) if self.filter.takes(&record) => return Some(("record", json!(record))),
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => return Some(("lagged", json!({ "missed": missed }))),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
