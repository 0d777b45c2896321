//! A response while it is made, in the typed events of the API.

use super::object::{Frame, ended, error, item, part};
use crate::{
    answer,
    chat::Wishes,
    error::ApiError,
    speech::{Speech, Spoken},
    sse::Teller,
    turn,
};
use axum::response::sse::Event;
use galatea::turn::{RunRecord, TurnEvent};
use serde_json::{Value, json};

/// The events of a response. Each reply is an item of its output; what the agent takes back is an item that stays incomplete, and
/// does not stand in the whole.
#[derive(Debug)]
pub(super) struct Events {
    frame: Frame,
    wishes: Wishes,
    speech: Speech,
    number: u64,
    /// How many items have begun.
    items: usize,
    /// The text of the item that is being told.
    text: String,
    /// What was said.
    output: Vec<Value>,
}

impl Events {
    pub(super) const fn new(frame: Frame, wishes: Wishes) -> Self {
        let speech = Speech::new(wishes.streaming);
        Self { frame, wishes, speech, number: 0, items: 0, text: String::new(), output: Vec::new() }
    }

    fn event(&mut self, kind: &str, mut fields: Value) -> Event {
        fields["type"] = kind.into();
        fields["sequence_number"] = self.number.into();
        self.number += 1;
        Event::default().event(kind).data(fields.to_string())
    }

    /// Where the item stands that is being told.
    fn place(&self) -> (String, usize) {
        (self.frame.item_id(self.items), self.items.saturating_sub(1))
    }

    fn speaks(&mut self, spoken: Vec<Spoken>) -> Vec<Event> {
        spoken.into_iter().flat_map(|one| self.speaks_one(one)).collect()
    }

    fn speaks_one(&mut self, spoken: Spoken) -> Vec<Event> {
        match spoken {
            Spoken::Begins => {
                self.items += 1;
                self.text.clear();
                let (id, index) = self.place();
                vec![
                    self.event(
                        "response.output_item.added",
                        json!({ "output_index": index, "item": item(&id, "in_progress", None) }),
                    ),
                    self.event(
                        "response.content_part.added",
                        json!({ "item_id": id, "output_index": index, "content_index": 0, "part": part("") }),
                    ),
                ]
            }
            Spoken::Text(text) => {
                self.text.push_str(&text);
                let (id, index) = self.place();
                let delta = json!({
                    "item_id": id, "output_index": index, "content_index": 0, "delta": text, "logprobs": [],
                });
                vec![self.event("response.output_text.delta", delta)]
            }
            Spoken::Void => {
                let text = self.text.clone();
                self.item_ends("incomplete", &text)
            }
            Spoken::Ends { text, .. } => self.item_ends("completed", &text),
        }
    }

    fn item_ends(&mut self, status: &str, text: &str) -> Vec<Event> {
        let (id, index) = self.place();
        let whole = item(&id, status, Some(text));
        if status == "completed" {
            self.output.push(whole.clone());
        }
        vec![
            self.event(
                "response.output_text.done",
                json!({ "item_id": id, "output_index": index, "content_index": 0, "text": text, "logprobs": [] }),
            ),
            self.event(
                "response.content_part.done",
                json!({ "item_id": id, "output_index": index, "content_index": 0, "part": part(text) }),
            ),
            self.event("response.output_item.done", json!({ "output_index": index, "item": whole })),
        ]
    }

    fn ends(&mut self, record: &RunRecord) -> Vec<Event> {
        let over = self.speech.over();
        let mut events = self.speaks(over);
        let mut response = ended(&self.frame, &self.output, record);
        if self.wishes.events {
            response["galatea"] = answer::summary(record);
        }
        let kind = match response["status"].as_str() {
            Some("failed") => "response.failed",
            Some("incomplete") => "response.incomplete",
            _ => "response.completed",
        };
        events.push(self.event(kind, json!({ "response": response })));
        events
    }

    fn fails(&mut self, failure: &ApiError) -> Event {
        let mut response = self.frame.at("failed", &self.output);
        response["error"] = error(failure);
        self.event("response.failed", json!({ "response": response }))
    }
}

impl Teller for Events {
    fn begins(&mut self) -> Vec<Event> {
        let response = self.frame.at("in_progress", &[]);
        vec![
            self.event("response.created", json!({ "response": response })),
            self.event("response.in_progress", json!({ "response": response })),
        ]
    }

    fn happens(&mut self, event: TurnEvent) -> Vec<Event> {
        let told = answer::event(&event).filter(|_| self.wishes.events);
        let mut events: Vec<Event> =
            told.map(|told| self.event("galatea.event", json!({ "galatea": told }))).into_iter().collect();
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
        vec![self.fails(&turn::cut_off())]
    }
}
