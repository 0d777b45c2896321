//! A chat's answer, chunk by chunk.

use super::{Frame, Wishes, finish_reason, usage};
use crate::{
    answer::{self, BETWEEN},
    error::ApiError,
    speech::{Speech, Spoken},
    sse::Teller,
    turn,
};
use axum::response::sse::Event;
use galatea::turn::{RunRecord, TurnEvent};
use serde_json::{Value, json};

/// Ends a stream.
const DONE: &str = "[DONE]";

/// The chunks of an answer.
#[derive(Debug)]
pub(super) struct Chunks {
    frame: Frame,
    wishes: Wishes,
    speech: Speech,
    /// Something was told already.
    has_spoken: bool,
    /// What was told is in part not what was said.
    is_void: bool,
    said: Vec<String>,
}

impl Chunks {
    pub(super) const fn new(frame: Frame, wishes: Wishes) -> Self {
        let speech = Speech::new(wishes.streaming);
        Self { frame, wishes, speech, has_spoken: false, is_void: false, said: Vec::new() }
    }

    fn chunk(&self, choices: Value, more: Option<(&str, Value)>) -> Event {
        let mut chunk = json!({
            "id": self.frame.id,
            "object": "chat.completion.chunk",
            "created": self.frame.created,
            "model": self.frame.model,
            "system_fingerprint": null,
            "choices": choices,
        });
        if self.wishes.usage {
            chunk["usage"] = Value::Null;
        }
        if let Some((name, value)) = more {
            chunk[name] = value;
        }
        Event::default().data(chunk.to_string())
    }

    fn delta(&self, delta: Value, finish: Option<&str>, more: Option<(&str, Value)>) -> Event {
        let choice = json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        self.chunk(json!([choice]), more)
    }

    fn speaks(&mut self, spoken: Vec<Spoken>) -> Vec<Event> {
        let mut events = Vec::new();
        for one in spoken {
            match one {
                Spoken::Begins if self.has_spoken => {
                    events.push(self.delta(json!({ "content": BETWEEN }), None, None))
                }
                Spoken::Begins => {}
                Spoken::Text(text) => {
                    self.has_spoken = true;
                    events.push(self.delta(json!({ "content": text }), None, None));
                }
                Spoken::Void => self.is_void = true,
                Spoken::Ends { text, .. } => self.said.push(text),
            }
        }
        events
    }

    fn ends(&mut self, record: &RunRecord) -> Vec<Event> {
        let over = self.speech.over();
        let mut events = self.speaks(over);
        if let Some(failure) = answer::failure(record) {
            events.push(failed(&failure));
            return events;
        }
        // A program that can replace what it showed is told with what.
        let mut more = self.is_void.then(|| json!({ "event": "said", "text": self.said.join(BETWEEN) }));
        if self.wishes.events {
            let mut summary = answer::summary(record);
            summary["event"] = "ended".into();
            summary["text"] = self.said.join(BETWEEN).into();
            more = Some(summary);
        }
        events.push(self.delta(json!({}), Some(finish_reason(record)), more.map(|more| ("galatea", more))));
        if self.wishes.usage {
            events.push(self.chunk(json!([]), Some(("usage", usage(answer::usage(record))))));
        }
        events.push(Event::default().data(DONE));
        events
    }
}

impl Teller for Chunks {
    fn begins(&mut self) -> Vec<Event> {
        vec![self.delta(json!({ "role": "assistant", "content": "", "refusal": null }), None, None)]
    }

    fn happens(&mut self, event: TurnEvent) -> Vec<Event> {
        let told = answer::event(&event).filter(|_| self.wishes.events);
        let mut events: Vec<Event> =
            told.map(|told| self.delta(json!({}), None, Some(("galatea", told)))).into_iter().collect();
        events.extend(match event {
            TurnEvent::Text(piece) => {
                let spoken = self.speech.streamed(&piece);
                self.speaks(spoken)
            }
            TurnEvent::Retracted => {
                self.speech.retracted();
                Vec::new()
            }
            TurnEvent::Reply(reply) => {
                let spoken = self.speech.said(&reply);
                self.speaks(spoken)
            }
            TurnEvent::Ended(record) => self.ends(&record),
            TurnEvent::Started { .. }
            | TurnEvent::ActionStarted { .. }
            | TurnEvent::ActionCompleted { .. } => Vec::new(),
        });
        events
    }

    fn breaks_off(&mut self) -> Vec<Event> {
        vec![failed(&turn::cut_off())]
    }
}

fn failed(error: &ApiError) -> Event {
    Event::default().data(error.json().to_string())
}
