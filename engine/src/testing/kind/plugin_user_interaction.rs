//! A person who answers as a test tells them to.

use super::{Outcome, demand, given, lock, refuse, refused};
use crate::{
    clock::Clock,
    service::kind::{KindFault, PluginUserInteraction, UserAnswer, UserQuestion},
};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::{collections::VecDeque, fmt, sync::Mutex, time::Duration};
use tokio::sync::oneshot;

/// Questions that wait until a test [answers](Self::answer) them.
#[derive(Default)]
pub struct Person {
    clock: Clock,
    waiting: Mutex<VecDeque<(UserQuestion, oneshot::Sender<UserAnswer>)>>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").finish_non_exhaustive()
    }
}

impl Person {
    /// Somebody who lives by this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, waiting: Mutex::default() }
    }

    /// Answers the oldest question; `None` declines. Gives the question, or `None` if none waits. An answer that does
    /// not fit the schema is not taken, and the question waits on.
    pub fn answer(&self, answer: Option<Value>) -> Option<UserQuestion> {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|(_, reply)| !reply.is_closed());
        let (question, _) = waiting.front()?;
        if answer.as_ref().is_some_and(|answer| !jsonschema::is_valid(&question.answer, answer)) {
            return None;
        }
        let (question, reply) = waiting.pop_front()?;
        // Who asked may have gone this moment.
        drop(reply.send(answer.map_or(UserAnswer::Declined, UserAnswer::Given)));
        Some(question)
    }
}

#[async_trait]
impl PluginUserInteraction for Person {
    async fn ask(&self, question: UserQuestion) -> Result<UserAnswer, KindFault> {
        if question.text.trim().is_empty() {
            return refuse("the question is blank");
        }
        if question.answer.get("type").and_then(Value::as_str) != Some("object") {
            return refuse("the answer's schema is none of an object");
        }
        let (reply, answer) = oneshot::channel();
        let ttl = question.ttl;
        lock(&self.waiting).push_back((question, reply));
        tokio::select! {
            biased;
            answer = answer => Ok(answer.unwrap_or(UserAnswer::Expired)),
            () = self.clock.sleep(ttl) => Ok(UserAnswer::Expired),
        }
    }

    async fn waiting(&self) -> Result<usize, KindFault> {
        let mut waiting = lock(&self.waiting);
        waiting.retain(|(_, reply)| !reply.is_closed());
        Ok(waiting.len())
    }
}

/// Checks a service for questions to which nobody answers; `question` is one that may be asked. The clock must go on.
///
/// # Errors
/// What it did and should have done.
pub async fn check_plugin_user_interaction(
    service: &dyn PluginUserInteraction,
    question: UserQuestion,
) -> Outcome {
    let blank = UserQuestion { text: " ".to_owned(), ..question.clone() };
    refused(service.ask(blank).await, "a blank question")?;
    let shapeless = UserQuestion { answer: json!({ "type": "string" }), ..question.clone() };
    refused(service.ask(shapeless).await, "an answer that is no object")?;
    let before = given(service.waiting().await, "waiting")?;
    let soon = UserQuestion { ttl: Duration::from_millis(50), ..question.clone() };
    let answer = given(service.ask(soon).await, "ask")?;
    demand(answer == UserAnswer::Expired, "a question that nobody answers expires")?;
    let dropped = tokio::time::timeout(Duration::from_millis(50), service.ask(question)).await;
    demand(dropped.is_err(), "a question waits as long as it may")?;
    demand(given(service.waiting().await, "waiting")? == before, "a question that is dropped is taken back")
}
