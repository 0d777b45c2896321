//! Actions as tools.

use super::handler::{Desk, internal};
use galatea::{
    action::ActionResult,
    agent::{RegisteredAction, TurnHandle},
    event::ActionProgress,
    memory::{Attachment, Memory},
    text::name::match_name,
    turn::{RunRecord, RunStatus, TurnEvent},
};
use rmcp::{
    ErrorData, RoleServer,
    model::{
        CallToolResult, ContentBlock, JsonObject, ProgressNotificationParam, Resource, Tool, ToolAnnotations,
    },
    service::RequestContext,
};
use serde_json::Value;
use std::sync::Arc;

/// Words of the answers of models, which are no actions for anybody else.
const WORDS: [&str; 3] = ["REPLY", "IGNORE", "NONE"];

/// The actions that who asks may use.
fn usable(desk: &Desk) -> Vec<RegisteredAction> {
    let parts = desk.agent.parts();
    let may = |action: &&RegisteredAction| {
        action.is_granted() && desk.who.is_one_of(action.def.roles) && !WORDS.contains(&action.def.name)
    };
    parts.actions.iter().filter(may).cloned().collect()
}

/// The tools that there are for who asks.
pub(super) fn list(desk: &Desk) -> Vec<Tool> {
    usable(desk).iter().map(tool).collect()
}

fn tool(action: &RegisteredAction) -> Tool {
    let mut parameters = match &action.tool.parameters {
        Value::Object(parameters) => parameters.clone(),
        _ => JsonObject::new(),
    };
    parameters.entry("type").or_insert_with(|| "object".into());
    let def = action.def;
    let annotations = ToolAnnotations::new().idempotent(def.idempotent).destructive(def.approval.is_some());
    let mut about = action.description().to_owned();
    if def.approval.is_some() {
        about.push_str(" A person must allow each use.");
    }
    Tool::new(def.name.to_ascii_lowercase(), about, parameters).with_annotations(annotations)
}

/// Runs an action for who asks, as a turn of its own.
pub(super) async fn call(
    desk: &Desk,
    name: &str,
    arguments: JsonObject,
    context: &RequestContext<RoleServer>,
) -> Result<CallToolResult, ErrorData> {
    let usable = usable(desk);
    let found = match_name(name, usable.iter().map(|action| (action.def.name, action.def.similes))).index();
    let action = found.and_then(|index| usable.get(index));
    let action =
        action.ok_or_else(|| ErrorData::invalid_params(format!("there is no tool `{name}`"), None))?;
    let name = action.def.name;
    let asked = desk.who.says(&desk.room, format!("{name} {}", Value::Object(arguments.clone())));
    let handle = desk.agent.perform(asked, name, arguments).await.map_err(|error| internal(&error))?;
    let _progress = context.meta.get_progress_token().map(|token| {
        let (peer, run) = (context.peer.clone(), handle.run);
        desk.agent.live().on(move |news: Arc<ActionProgress>| {
            let (peer, token) = (peer.clone(), token.clone());
            async move {
                if news.run == Some(run) {
                    let mut told = ProgressNotificationParam::new(token, news.progress);
                    (told.total, told.message) = (news.total, news.message.clone());
                    // Who does not listen misses it.
                    drop(peer.notify_progress(told).await);
                }
            }
        })
    });
    let (said, record) = follow(handle, context, |_| {}).await?;
    Ok(result(&record, &said))
}

/// Follows a turn to its end; it is cancelled where the client does not want it any more. `text` gets what is said while it is made.
pub(super) async fn follow(
    mut handle: TurnHandle,
    context: &RequestContext<RoleServer>,
    mut text: impl FnMut(&TurnEvent),
) -> Result<(Vec<Arc<Memory>>, Arc<RunRecord>), ErrorData> {
    let mut said = Vec::new();
    loop {
        let event = tokio::select! {
            biased;
            () = context.ct.cancelled() => {
                handle.cancel();
                return Err(ErrorData::internal_error("cancelled", None));
            }
            event = handle.next() => event,
        };
        match event {
            Some(TurnEvent::Ended(record)) => return Ok((said, record)),
            Some(TurnEvent::Reply(reply)) => said.push(reply),
            Some(event) => text(&event),
            None => return Err(ErrorData::internal_error("the agent ended meanwhile", None)),
        }
    }
}

/// What became of an action.
fn result(record: &RunRecord, said: &[Arc<Memory>]) -> CallToolResult {
    let mut content: Vec<ContentBlock> = said.iter().flat_map(|reply| spoken(reply)).collect();
    if record.status == RunStatus::Waiting {
        content.push(ContentBlock::text(
            "It waits: a person must allow it first, and was asked. Nothing was done yet.",
        ));
        return CallToolResult::error(content);
    }
    let Some(result) = record.steps.first().and_then(|step| step.result.as_ref()) else {
        let why = record.error.clone().unwrap_or_else(|| format!("it was not run: {}", record.status.name()));
        content.push(ContentBlock::text(why));
        return CallToolResult::error(content);
    };
    content.extend(given(result, said));
    let mut made =
        if result.success { CallToolResult::success(content) } else { CallToolResult::error(content) };
    if result.data.is_object() {
        made.structured_content = Some(result.data.clone());
    }
    made
}

/// What an action gave: its words and its files.
fn given(result: &ActionResult, said: &[Arc<Memory>]) -> Vec<ContentBlock> {
    let words = result.summary();
    let has_said = said.iter().any(|reply| reply.content.text == words);
    let words = (!has_said).then(|| ContentBlock::text(words));
    words.into_iter().chain(result.attachments().iter().map(file)).collect()
}

/// What the agent said: its words and its files.
pub(super) fn spoken(reply: &Memory) -> Vec<ContentBlock> {
    let words = Some(&reply.content.text).filter(|text| !text.is_empty());
    let words = words.map(|text| ContentBlock::text(text.clone()));
    words.into_iter().chain(reply.content.attachments.iter().map(file)).collect()
}

/// A file: pictures and sound as they are, everything else as a link.
fn file(file: &Attachment) -> ContentBlock {
    let data = file.url.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
    match data {
        Some((media_type, data)) if media_type.starts_with("image/") => ContentBlock::image(data, media_type),
        Some((media_type, data)) if media_type.starts_with("audio/") => ContentBlock::audio(data, media_type),
        Some((media_type, data)) => {
            let uri = format!("attachment:{}", file.id);
            ContentBlock::resource(rmcp::model::ResourceContents::blob(data, uri).with_mime_type(media_type))
        }
        None => {
            let mut link =
                Resource::new(file.url.clone(), file.title.clone().unwrap_or_else(|| file.id.clone()));
            (link.description, link.mime_type) = (file.description.clone(), file.media_type.clone());
            ContentBlock::resource_link(link)
        }
    }
}
