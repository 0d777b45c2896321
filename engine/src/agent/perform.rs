//! Runs one action for somebody, without asking a model.

use super::{AcceptError, Agent, Incoming, TurnHandle};
use crate::{model::ToolCall, turn::PERFORM};
use serde_json::{Map, Value};
use uuid::Uuid;

impl Agent {
    /// Runs one action for who sends `incoming`, in its room: for programs that call actions by name. It is a turn like
    /// one about a message, in the room's order, with everything that guards an action (roles, permissions, arguments,
    /// validate stages, limits, approval, journal) and a record, whose only step has the result. No model is asked and
    /// nothing is said about it; what the action says itself is a reply. The text of `incoming` is what the room's history shows.
    ///
    /// # Errors
    /// [`AcceptError`]; then nothing of it is stored. That there is no such action, that its arguments do not fit and the
    /// like are its result.
    pub async fn perform(
        &self,
        incoming: Incoming,
        action: &str,
        arguments: Map<String, Value>,
    ) -> Result<TurnHandle, AcceptError> {
        let id = format!("call-{}", Uuid::now_v7().simple());
        let call = ToolCall { id, name: action.to_owned(), arguments };
        let ids = self.ids(&incoming);
        self.send_as(incoming, ids, serde_json::json!({ PERFORM: call })).await
    }
}
