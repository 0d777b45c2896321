//! Tools of a server as actions of the agent.

use super::{Connection, content, names::action_name};
use crate::Trust;
use futures_util::StreamExt;
use galatea::{
    definition::{ApprovalDef, HandlerFuture},
    event::ActionProgress,
    extract::Invocation,
    offer::RunOffered,
    prelude::*,
};
use rmcp::{
    RoleClient,
    model::{
        CallToolRequest, CallToolRequestParams, CancelledNotification, CancelledNotificationParam,
        ClientNotification, ClientRequest, ProgressNotificationParam, ServerResult, Tool,
    },
    service::{Peer, PeerRequestOptions, RequestHandle, ServiceError},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// How long a person is waited for.
const APPROVAL: ApprovalDef = ApprovalDef { by: None, expires: Duration::from_secs(60 * 60) };

/// The largest schema of arguments, in bytes: the model reads all of it in every turn.
const LARGEST_SCHEMA: usize = 64 * 1024;

/// The longest description, in bytes.
const LONGEST_DESCRIPTION: usize = 8 * 1024;

/// The actions that the tools of a server become, as the character allows them.
pub(super) fn actions(connection: &Arc<Connection>, tools: Vec<Tool>) -> Vec<OfferedAction> {
    let settings = &connection.settings;
    let prefix = settings.prefix.as_deref().unwrap_or(&connection.name);
    let mut taken = BTreeSet::new();
    let mut actions = Vec::new();
    if let Some(allowed) = &settings.tools {
        for missing in allowed.iter().filter(|name| !tools.iter().any(|tool| tool.name == **name)) {
            tracing::warn!(server = connection.name, "it has no tool `{missing}`");
        }
    }
    for tool in tools {
        if settings.tools.as_ref().is_some_and(|allowed| !allowed.iter().any(|name| *name == tool.name)) {
            continue;
        }
        let parameters = Value::Object(tool.input_schema.as_ref().clone());
        if parameters.to_string().len() > LARGEST_SCHEMA {
            tracing::warn!(server = connection.name, tool = %tool.name, "not offered: the schema of its arguments is too large");
            continue;
        }
        let name = action_name(prefix, &tool.name, &taken);
        taken.insert(name.clone());
        actions.push(OfferedAction {
            description: description(&tool),
            parameters,
            timeout: settings.timeout,
            approval: must_be_allowed(settings.trust, &tool).then_some(APPROVAL),
            idempotent: is_repeatable(&tool),
            run: Arc::new(ToolAction {
                connection: Arc::clone(connection),
                tool: tool.name.into_owned(),
                action: name.clone(),
            }),
            name,
        });
    }
    actions
}

fn description(tool: &Tool) -> String {
    let title = tool.title.as_deref().or_else(|| tool.annotations.as_ref()?.title.as_deref());
    let mut text = tool.description.as_deref().or(title).unwrap_or(&tool.name).to_owned();
    if text.len() > LONGEST_DESCRIPTION {
        let end = (0..=LONGEST_DESCRIPTION).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// Whether a person must allow each use. A server that says nothing of a tool leaves it to the character.
fn must_be_allowed(trust: Trust, tool: &Tool) -> bool {
    match (trust, &tool.annotations) {
        (Trust::None, _) => true,
        (Trust::Full, _) | (Trust::Annotations, None) => false,
        (Trust::Annotations, Some(said)) => said.read_only_hint != Some(true) && said.is_destructive(),
    }
}

/// Whether it may be called again with the same arguments.
fn is_repeatable(tool: &Tool) -> bool {
    tool.annotations.as_ref().is_some_and(|said| said.read_only_hint == Some(true) || said.is_idempotent())
}

/// A tool of a server as what an action does.
struct ToolAction {
    connection: Arc<Connection>,
    tool: String,
    action: String,
}

impl RunOffered for ToolAction {
    fn run<'a>(&'a self, invocation: &'a Invocation) -> HandlerFuture<'a, ActionResult> {
        Box::pin(self.call(invocation))
    }
}

impl ToolAction {
    async fn call(&self, invocation: &Invocation) -> ActionResult {
        let peer = match self.connection.peer().await {
            Ok(peer) => peer,
            Err(why) => return ActionResult::failure(why),
        };
        let arguments = invocation.arguments().cloned().unwrap_or_default();
        let params = CallToolRequestParams::new(self.tool.clone()).with_arguments(arguments);
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let _running = Running::new(&self.connection);
        let sent = peer.send_request_with_option(request, PeerRequestOptions::no_options()).await;
        let outcome = match sent {
            Ok(handle) => self.answer(handle, invocation).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(ServerResult::CallToolResult(result)) => content::action_result(result),
            Ok(_) => ActionResult::failure("the server answered something that is no result of a tool"),
            Err(ServiceError::McpError(error)) => ActionResult::failure(error.message),
            Err(error) => {
                // Whether it is still there is seen at once.
                self.connection.changed.notify_one();
                ActionResult::failure(format!(
                    "the connection to `{}` broke while the tool ran, so whether it took effect is not known: {error}",
                    self.connection.name
                ))
            }
        }
    }

    /// Waits for the answer; the server is told when nobody does any more. What it says of its progress is passed on.
    async fn answer(
        &self,
        mut handle: RequestHandle<RoleClient>,
        invocation: &Invocation,
    ) -> Result<ServerResult, ServiceError> {
        let mut progress = self.connection.progress.subscribe(handle.progress_token.clone()).await;
        let mut unless_done = CancelOnDrop { peer: Some(handle.peer.clone()), id: handle.id.clone() };
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut handle.rx => break answer,
                Some(news) = progress.next() => self.tell(invocation, news).await,
            }
        };
        unless_done.peer = None;
        answer.unwrap_or(Err(ServiceError::TransportClosed))
    }

    async fn tell(&self, invocation: &Invocation, news: ProgressNotificationParam) {
        let turn = invocation.turn.as_ref();
        let progress = ActionProgress {
            run: turn.map(|turn| turn.run),
            room: turn.map(|turn| turn.message.room),
            action: self.action.clone(),
            progress: news.progress,
            total: news.total,
            message: news.message,
        };
        invocation.agent.emit(progress).await;
    }
}

/// Counts a call while it runs.
struct Running<'a>(&'a Connection);

impl<'a> Running<'a> {
    fn new(connection: &'a Connection) -> Self {
        connection.calls.fetch_add(1, Ordering::Relaxed);
        Self(connection)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Tells the server when nobody waits for an answer any more: the turn was cancelled or its time was over.
struct CancelOnDrop {
    peer: Option<Peer<RoleClient>>,
    id: rmcp::model::RequestId,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some(peer) = self.peer.take() else { return };
        let params =
            CancelledNotificationParam::new(Some(self.id.clone()), Some("nobody waits for it".to_owned()));
        let told = async move {
            let notification = CancelledNotification::new(params);
            // A server that is gone needs not be told.
            drop(peer.send_notification(ClientNotification::CancelledNotification(notification)).await);
        };
        tokio::spawn(told);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn annotations_say_what_may_be_repeated_and_what_must_be_allowed() {
        for (annotations, trust, allowed, repeatable) in [
            (json!(null), Trust::Annotations, false, false),
            (json!({}), Trust::Annotations, true, false),
            (json!({ "readOnlyHint": true }), Trust::Annotations, false, true),
            (json!({ "destructiveHint": false }), Trust::Annotations, false, false),
            (json!({ "destructiveHint": true, "idempotentHint": true }), Trust::Annotations, true, true),
            (json!({ "destructiveHint": true }), Trust::Full, false, false),
            (json!({ "readOnlyHint": true }), Trust::None, true, true),
        ] {
            let tool =
                json!({ "name": "x", "inputSchema": { "type": "object" }, "annotations": annotations });
            let tool: Tool = serde_json::from_value(tool).unwrap();
            let got = (must_be_allowed(trust, &tool), is_repeatable(&tool));
            assert_eq!(got, (allowed, repeatable), "{annotations} {trust:?}");
        }
    }
}
