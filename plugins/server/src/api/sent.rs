//! What is answered to a message, and how that is described.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use galatea::{
    memory::Memory,
    route::{AnswerShape, DescribeAnswer, RouteShape},
    turn::RunRecord,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use uuid::Uuid;

/// A message that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Accepted {
    /// The message.
    pub(super) message: Uuid,
    /// The run about it.
    pub(super) run: Uuid,
    /// The room.
    pub(super) room: Uuid,
}

/// A message and what became of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Done {
    /// The message.
    pub(super) message: Uuid,
    /// The run about it.
    pub(super) run: Uuid,
    /// The room.
    pub(super) room: Uuid,
    /// What the agent said, in order.
    pub(super) replies: Vec<Memory>,
    /// The record of the run.
    pub(super) record: RunRecord,
}

/// What is answered to a message: as it was asked for.
#[derive(Debug)]
pub(crate) enum Sent {
    /// It is worked on.
    Accepted(Accepted),
    /// It is done.
    Done(Box<Done>),
    /// The turn as it goes on.
    Stream(Response),
}

impl IntoResponse for Sent {
    fn into_response(self) -> Response {
        match self {
            Self::Accepted(accepted) => (StatusCode::ACCEPTED, Json(accepted)).into_response(),
            Self::Done(done) => Json(done).into_response(),
            Self::Stream(response) => response,
        }
    }
}

fn json<T: JsonSchema>(status: u16) -> AnswerShape {
    let schema = |generator: &mut SchemaGenerator| generator.subschema_for::<T>();
    AnswerShape { status: Some(status), media_type: Some("application/json"), schema: Some(schema) }
}

pub(super) const STREAM: AnswerShape =
    AnswerShape { status: Some(200), media_type: Some("text/event-stream"), schema: None };

impl DescribeAnswer for Sent {
    fn describe_answer(shape: &mut RouteShape) {
        shape.answer = Some(json::<Done>(200));
        shape.more = vec![json::<Accepted>(202), STREAM];
    }
}

/// Server-sent events.
#[derive(Debug)]
pub(crate) struct EventStream(pub(super) Response);

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl DescribeAnswer for EventStream {
    fn describe_answer(shape: &mut RouteShape) {
        shape.answer = Some(STREAM);
    }
}
