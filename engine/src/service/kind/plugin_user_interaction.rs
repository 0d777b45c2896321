//! Questions of plugins to people.

use super::{KindFault, kind};
use async_trait::async_trait;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// A question to a person.
#[derive(Clone, Debug, PartialEq)]
pub struct UserQuestion {
    /// The plugin that asks.
    pub plugin: String,
    /// The room in which it is asked; `None` for whoever looks after the agent.
    pub room: Option<Uuid>,
    /// Who may answer; `None` for anybody in the room.
    pub entity: Option<Uuid>,
    /// The question.
    pub text: String,
    /// JSON Schema of the answer; its root is an object, its titles and descriptions are shown. What is marked
    /// `"x-secret": true` is not shown while it is written, and neither logged nor kept.
    pub answer: Value,
    /// How long an answer is waited for.
    pub ttl: Duration,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum UserAnswer {
    /// An answer that fits the schema.
    Given(Value),
    /// The person does not want to answer.
    Declined,
    /// Nobody answered in time.
    Expired,
}

/// Asks people on behalf of plugins: for a setting, a choice, a permission.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `PluginUserInteraction`",
    label = "`PluginUserInteraction` is not implemented",
    note = "write `#[async_trait] impl PluginUserInteraction for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait PluginUserInteraction: Send + Sync {
    /// Asks, and waits for what comes of it. If the future is dropped the question is taken back.
    ///
    /// # Errors
    /// [`KindFault::Refused`] if the question is blank or the schema is none of an object; [`KindFault::NotFound`] for a room
    /// in which nobody can be asked.
    async fn ask(&self, question: UserQuestion) -> Result<UserAnswer, KindFault>;

    /// How many questions wait for an answer.
    ///
    /// # Errors
    /// If that cannot be found out.
    async fn waiting(&self) -> Result<usize, KindFault>;
}

kind!(PluginUserInteraction = "plugin-user-interaction");
