//! The tool to talk with the agent.

use super::{
    handler::{Desk, internal},
    tools::{follow, spoken},
};
use galatea::{
    agent::Agent,
    turn::{RunStatus, TurnEvent},
};
use rmcp::{
    ErrorData, RoleServer,
    model::{CallToolResult, ContentBlock, JsonObject, ProgressNotificationParam, Tool, ToolAnnotations},
    service::RequestContext,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The tool's name.
pub(super) const NAME: &str = "chat";

/// How often what is being said is told, at most.
const PACE: Duration = Duration::from_millis(100);

pub(super) fn tool(agent: &Agent) -> Tool {
    let name = &agent.character().name;
    let about = format!(
        "Says something to {name}, who answers. {name} remembers the conversation and may act while answering."
    );
    let parameters = json!({
        "type": "object",
        "properties": {
            "message": { "type": "string", "description": "What is said." },
            "conversation": {
                "type": "string",
                "description": "Any name: the same name goes on with the same conversation. Default: one for each connection.",
            },
        },
        "required": ["message"],
        "additionalProperties": false,
    });
    let Value::Object(parameters) = parameters else { return Tool::default() };
    let annotations = ToolAnnotations::with_title(format!("Talk with {name}")).destructive(false);
    Tool::new(NAME, about, parameters).with_annotations(annotations)
}

/// Says something and gives the answer; while it is made, progress tells the words so far.
pub(super) async fn call(
    desk: &Desk,
    arguments: JsonObject,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let text = |name: &str| match arguments.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(ErrorData::invalid_params(format!("`{name}` must be a text"), None)),
    };
    let message = text("message")?.filter(|message| !message.trim().is_empty());
    let message = message.ok_or_else(|| ErrorData::invalid_params("`message` says nothing", None))?;
    let room = text("conversation")?.unwrap_or_else(|| desk.room.clone());
    let asked = desk.who.says(&room, message);
    let handle = desk.agent.send(asked).await.map_err(|error| internal(&error))?;
    let (told, pace) = progress(context);
    let mut words = Words::new(told);
    let followed = follow(handle, context, |event| words.hear(event)).await;
    drop(words);
    if let Some(pace) = pace {
        // What is still to be told comes before the answer.
        drop(pace.await);
    }
    let (said, record) = followed?;
    let mut content: Vec<ContentBlock> = said.iter().flat_map(|reply| spoken(reply)).collect();
    if content.is_empty() {
        let why = record.error.clone().unwrap_or_else(|| format!("It said nothing: {}.", record.reason));
        content.push(ContentBlock::text(why));
    }
    let failed = matches!(record.status, RunStatus::Failed | RunStatus::Timeout | RunStatus::Cancelled);
    Ok(if failed { CallToolResult::error(content) } else { CallToolResult::success(content) })
}

/// The words that are said so far.
struct Words {
    so_far: String,
    told: Option<mpsc::UnboundedSender<String>>,
    last: Option<Instant>,
}

impl Words {
    fn new(told: Option<mpsc::UnboundedSender<String>>) -> Self {
        Self { so_far: String::new(), told, last: None }
    }

    fn hear(&mut self, event: &TurnEvent) {
        let Some(told) = &self.told else { return };
        match event {
            TurnEvent::Text(text) => self.so_far.push_str(text),
            TurnEvent::Retracted => self.so_far.clear(),
            TurnEvent::ActionStarted { action, .. } => {
                drop(told.send(format!("runs {action}")));
                return;
            }
            _ => return,
        }
        if self.last.is_none_or(|last| last.elapsed() >= PACE) {
            self.last = Some(Instant::now());
            drop(told.send(self.so_far.clone()));
        }
    }
}

/// Tells the client of progress, if it wants to hear of it.
fn progress(
    context: &RequestContext<RoleServer>,
) -> (Option<mpsc::UnboundedSender<String>>, Option<tokio::task::JoinHandle<()>>) {
    let Some(token) = context.meta.get_progress_token() else { return (None, None) };
    let (sender, mut words) = mpsc::unbounded_channel();
    let peer = context.peer.clone();
    let task = tokio::spawn(async move {
        let mut number = 0.0;
        while let Some(text) = words.recv().await {
            number += 1.0;
            let mut news = ProgressNotificationParam::new(token.clone(), number);
            news.message = Some(text);
            if peer.notify_progress(news).await.is_err() {
                return;
            }
        }
    });
    (Some(sender), Some(task))
}
