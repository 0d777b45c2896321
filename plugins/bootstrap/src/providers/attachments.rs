//! ATTACHMENTS.

use super::{ago, section};
use crate::{Bootstrap, talk::name_of};
use galatea::{memory::Attachment, prelude::*};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// The files and links that were sent in this conversation: titles, descriptions and, of fresh ones, their text.
///
/// In elizaOS it is dynamic. Here it is not: it says nothing where nothing was attached, and no model has to
/// ask for it.
#[provider(position = 90)]
async fn attachments(
    config: Config<Bootstrap>,
    place: Place,
    history: History,
    message: Message,
    clock: Clock,
) -> Context {
    let now = clock.now();
    let fresh = SignedDuration::from_mins(i64::from(config.attachment_minutes));
    let earlier =
        history.iter().filter(|memory| memory.kind == MemoryKind::Message && memory.id != message.id);
    let mut told = Vec::new();
    let mut ids = Vec::new();
    for memory in earlier.chain([&*message]) {
        let with_text = now.duration_since(memory.at) <= fresh;
        for attachment in &memory.content.attachments {
            let sender = name_of(memory.entity, place.participants());
            told.push(described(attachment, sender, memory.at, now, with_text));
            ids.push(attachment.id.clone());
        }
    }
    let text = section("Attachments", &told.join("\n"));
    let mut context = Context::text(text.clone()).with_value("attachments", text);
    if !ids.is_empty() {
        context.data = json!({ "attachments": ids });
    }
    context
}

fn described(
    attachment: &Attachment,
    sender: &str,
    at: Timestamp,
    now: Timestamp,
    with_text: bool,
) -> String {
    let Attachment { url, title, description, text, media_type, .. } = attachment;
    let title = title.as_deref().unwrap_or(url);
    let kind = media_type.as_ref().map(|kind| format!(", {kind}")).unwrap_or_default();
    let mut told = format!("- {title}{kind}, from {sender}, {}: {url}", ago(at, now));
    if let Some(description) = description {
        told.push_str(&format!("\n  {description}"));
    }
    match text {
        Some(text) if with_text => told.push_str(&format!("\n  Its text: {text}")),
        Some(_) => told.push_str("\n  (Its text is not shown any more; ask for it to be sent again.)"),
        None => {}
    }
    told
}
