//! A turn as server-sent events.

use crate::event_stream;
use axum::response::{Response, sse::Event};
use futures_util::{StreamExt, stream};
use galatea::turn::{Approval, Follower, RunRecord, Told, TurnEvent};
use serde_json::{Value, json};
use std::{collections::VecDeque, sync::Arc};
use uuid::Uuid;

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
    follower: Follower,
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
            let told = self.follower.next().await?;
            self.ready.extend(notes(self.run, self.message, told));
        }
    }
}

/// A turn as it goes on, to its end; as the run that was asked for: what it tells may be told of another one, too, whose message
/// answered its question.
pub(super) fn follow(run: Uuid, message: Uuid, follower: Follower) -> Response {
    let reading = Reading { follower, message, run, ready: VecDeque::new() };
    event_stream(stream::unfold(reading, |mut reading| async move {
        let note = reading.next().await?;
        Some((note.event(), reading))
    }))
}

/// A turn that is over, or is not in this process, as it is stored.
pub(super) fn stored(notes: Vec<Note>) -> Response {
    event_stream(stream::iter(notes).map(Note::event))
}

/// The record of a run, if it can be read.
pub(super) fn record(json: Value) -> Arc<RunRecord> {
    Arc::new(serde_json::from_value(json).unwrap_or_default())
}
