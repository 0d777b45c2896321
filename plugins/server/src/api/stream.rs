//! A turn as server-sent events.

use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use futures_util::{Stream, stream};
use galatea::turn::{Approval, Follower, RunRecord, Told, TurnEvent};
use serde_json::{Value, json};
use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};
use uuid::Uuid;

/// How often something is sent to a reader of a turn in which nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Something that is told of a turn: its name, what it says, and its id if a reader can go on behind it.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) name: &'static str,
    pub(super) data: Value,
    pub(super) id: Option<String>,
}

impl Note {
    pub(super) fn new(name: &'static str, data: Value) -> Self {
        Self { name, data, id: None }
    }

    fn event(self) -> Event {
        let event = Event::default().event(self.name).data(self.data.to_string());
        match self.id {
            Some(id) => event.id(id),
            None => event,
        }
    }
}

/// What is told of an event of a turn, in order; the last one has the event's id.
pub(super) fn notes(run: Uuid, message: Uuid, told: Told) -> Vec<Note> {
    let (id, event) = match told {
        Told::Lagged { missed } => {
            let why = "you read too slowly; read the run to see all of it";
            return vec![Note::new("lagged", json!({ "missed": missed, "message": why }))];
        }
        Told::Event { id, event } => (id, event),
    };
    let mut notes = match &*event {
        TurnEvent::Started { .. } => {
            vec![Note::new("started", json!({ "run": run, "message": message }))]
        }
        TurnEvent::Text(text) => vec![Note::new("text", json!({ "text": text }))],
        TurnEvent::Retracted => vec![Note::new("retracted", json!({}))],
        TurnEvent::ActionStarted { action, arguments } => {
            vec![Note::new("action-started", json!({ "action": action, "arguments": arguments }))]
        }
        TurnEvent::ActionCompleted { action, result, micros } => {
            let data = json!({ "action": action, "result": result, "micros": micros });
            vec![Note::new("action-completed", data)]
        }
        TurnEvent::Reply(reply) => vec![Note::new("reply", json!(reply))],
        TurnEvent::Ended(record) => ending(record),
    };
    if let Some(last) = notes.last_mut() {
        last.id = Some(id.to_string());
    }
    notes
}

/// The end of a turn: the question first, if it waits for a person.
pub(super) fn ending(record: &RunRecord) -> Vec<Note> {
    let question: Option<&Approval> = record.waiting_approval();
    let question = question.map(|approval| Note::new("approval", json!(approval)));
    question.into_iter().chain([Note::new("ended", json!(record))]).collect()
}

/// What is sent to one reader. It keeps nothing but its place in the turn: a reader that does not read holds up nobody and
/// costs no memory.
struct Reading {
    follower: Option<Follower>,
    message: Uuid,
    run: Uuid,
    ready: VecDeque<Note>,
}

impl Reading {
    async fn next(&mut self) -> Option<Note> {
        loop {
            if let Some(note) = self.ready.pop_front() {
                return Some(note);
            }
            let told = self.follower.as_mut()?.next().await?;
            self.ready.extend(notes(self.run, self.message, told));
        }
    }
}

/// A turn as it goes on.
pub(super) fn follow(
    follower: Follower,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send + 'static> {
    let (message, run) = (follower.message(), follower.run());
    sse(Reading { follower: Some(follower), message, run, ready: VecDeque::new() })
}

/// A turn that is over, or is not in this process, as it is stored.
pub(super) fn stored(
    notes: Vec<Note>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send + 'static> {
    let none = Uuid::nil();
    sse(Reading { follower: None, message: none, run: none, ready: notes.into() })
}

fn sse(
    reading: Reading,
) -> Sse<KeepAliveStream<impl Stream<Item = Result<Event, Infallible>> + Send + 'static>> {
    let events = stream::unfold(reading, |mut reading| async move {
        let note = reading.next().await?;
        Some((Ok(note.event()), reading))
    });
    Sse::new(events).keep_alive(keep_alive())
}

/// Comment lines that keep a connection open in which nothing is said.
pub(super) fn keep_alive() -> KeepAlive {
    KeepAlive::new().interval(HEARTBEAT).text("still here")
}

/// The record of a run, if it can be read.
pub(super) fn record(json: Value) -> Arc<RunRecord> {
    Arc::new(serde_json::from_value(json).unwrap_or_default())
}
