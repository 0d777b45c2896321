//! A message is sent, and its turn followed as the client wants it.

use crate::{
    failure::Failure,
    place::Place,
    shape::{METADATA, SERVER, attachment},
};
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response, sse::Event},
};
use futures_util::stream;
use galatea::{
    agent::{Agent, Incoming, TurnHandle},
    memory::{Attachment, Content, Memory},
    turn::{RunRecord, TurnEvent},
};
use galatea_server::event_stream;
use serde_json::{Map, Value, json};
use std::{collections::VecDeque, sync::Arc};
use uuid::Uuid;

/// How an answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// With the answer to the request.
    Http,
    /// As a stream of events.
    Sse,
    /// Later: it is read from the messages. The client has no socket for it.
    Later,
}

impl Transport {
    /// As it is asked for; without that, later.
    pub(crate) fn of(body: &Map<String, Value>) -> Result<Self, Failure> {
        match body.get("transport").or_else(|| body.get("mode")) {
            None | Some(Value::Null) => Ok(Self::Later),
            Some(Value::String(name)) => match name.as_str() {
                "http" | "sync" => Ok(Self::Http),
                "sse" | "stream" => Ok(Self::Sse),
                "websocket" => Ok(Self::Later),
                other => Err(Failure::invalid(format!(
                    "Invalid transport \"{other}\". Must be one of: http, sse, websocket, sync, stream"
                ))),
            },
            Some(_) => Err(Failure::invalid("Invalid transport type. Transport must be a string.")),
        }
    }
}

/// What is said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) metadata: Map<String, Value>,
}

/// A message that was sent: its turn, and how the client sees it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) handle: TurnHandle,
    agent: Agent,
    message: Value,
}

/// Sends a message. `author` is the id by which the client knows who says it.
pub(crate) async fn send(agent: &Agent, place: &Place, author: &str, said: Said) -> Result<Sent, Failure> {
    let id = Uuid::now_v7();
    let at = agent.clock().now();
    let message = json!({
        "id": id,
        "content": said.text,
        "authorId": author,
        "createdAt": crate::shape::date(at),
        "channel_id": place.room(agent),
        "message_server_id": SERVER,
        "author_id": author,
        "created_at": at.as_millisecond(),
        "source_type": "user",
        "raw_message": {
            "content": said.text,
            "attachments": said.attachments.iter().map(attachment).collect::<Vec<_>>(),
        },
        "metadata": said.metadata,
    });
    let mut content = Content {
        source: Some(place.address.source.clone()),
        attachments: said.attachments,
        ..Content::text(said.text)
    };
    if !said.metadata.is_empty() {
        content.extra.insert(METADATA.to_owned(), Value::Object(said.metadata));
    }
    let incoming = Incoming {
        id: Some(id),
        address: place.address.clone(),
        from: place.from.clone(),
        founder: false,
        content,
    };
    let handle = agent.send(incoming).await?;
    Ok(Sent { handle, agent: agent.clone(), message })
}

impl Sent {
    /// The answer to the request, with `more` in it.
    pub(crate) async fn answer(
        self,
        transport: Transport,
        more: Map<String, Value>,
    ) -> Result<Response, Failure> {
        let mut answer = Map::from_iter([
            ("success".to_owned(), true.into()),
            ("userMessage".to_owned(), self.message.clone()),
        ]);
        match transport {
            Transport::Later => {}
            Transport::Sse => return Ok(self.stream()),
            Transport::Http => {
                let (replies, record) = self.handle.finish().await;
                let record = record.ok_or_else(|| {
                    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "STOPPING", "The agent ended in the middle")
                })?;
                answer.insert("agentResponse".to_owned(), response(&replies, &record));
            }
        }
        answer.extend(more);
        // The client gives its caller `data` of whatever says `success`; of elizaOS itself, nothing.
        answer.insert("data".to_owned(), Value::Object(answer.clone()));
        Ok((StatusCode::CREATED, Json(Value::Object(answer))).into_response())
    }

    fn stream(self) -> Response {
        let first = event("user_message", &self.message);
        let state = Stream {
            sent: self,
            index: 0,
            replies: Vec::new(),
            waiting: VecDeque::from([first]),
            is_over: false,
        };
        event_stream(stream::unfold(state, |mut state| async move {
            loop {
                if let Some(event) = state.waiting.pop_front() {
                    return Some((event, state));
                }
                if state.is_over {
                    return None;
                }
                let event = state.sent.handle.next().await;
                state.happens(event);
            }
        }))
    }
}

struct Stream {
    sent: Sent,
    index: u64,
    replies: Vec<Arc<Memory>>,
    waiting: VecDeque<Event>,
    is_over: bool,
}

impl Stream {
    fn happens(&mut self, happened: Option<TurnEvent>) {
        match happened {
            Some(TurnEvent::Text(piece)) => {
                // The id of the reply is not known before it is whole; one of a stream is enough to tell pieces together.
                let chunk = json!({ "messageId": self.sent.handle.run, "chunk": piece, "index": self.index, "agentId": self.sent.agent.id() });
                self.index += 1;
                self.waiting.push_back(event("chunk", &chunk));
            }
            Some(TurnEvent::Reply(reply)) => self.replies.push(reply),
            Some(TurnEvent::Ended(record)) => {
                self.waiting.push_back(event("done", &response(&self.replies, &record)));
                self.is_over = true;
            }
            None => {
                self.waiting.push_back(event("error", &json!({ "error": "The agent ended in the middle" })));
                self.is_over = true;
            }
            Some(_) => {}
        }
    }
}

fn event(name: &str, data: &Value) -> Event {
    Event::default().event(name).data(data.to_string())
}

/// What the agent said and did, as the client reads it.
pub(crate) fn response(replies: &[Arc<Memory>], record: &RunRecord) -> Value {
    let texts: Vec<&str> = replies.iter().map(|reply| reply.content.text.as_str()).collect();
    let mut thoughts = replies.iter().filter_map(|reply| reply.content.thought.as_deref());
    let mut actions: Vec<&str> = record.steps.iter().map(|step| step.action.as_str()).collect();
    if actions.is_empty() && !texts.is_empty() {
        actions.push("REPLY");
    }
    json!({ "text": texts.join("\n\n"), "thought": thoughts.next_back(), "actions": actions })
}
