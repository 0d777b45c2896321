//! RECENT_MESSAGES.

use super::ago;
use crate::talk::{name_of, said};
use galatea::{memory::Entity, prelude::*, store::MemoryQuery, text::template::add_header};
use jiff::Timestamp;

/// How many messages of other rooms are told to templates.
const INTERACTIONS: usize = 20;

/// The conversation of this room, as values for templates; the model gets it as the lines of the request.
#[provider(position = 100)]
async fn recent_messages(
    agent: Agent,
    place: Place,
    history: History,
    message: Message,
    memories: Memories,
    clock: Clock,
) -> Result<Context, galatea::store::StoreError> {
    let people = place.participants();
    let now = clock.now();
    let lines: Vec<String> = said(&history, &message).map(|memory| line(memory, people, now)).collect();
    let posts: Vec<String> = said(&history, &message).map(|memory| post(memory, people)).collect();
    // Costs a query, and only templates read it.
    let elsewhere = match agent.character().templates.is_empty() {
        true => Vec::new(),
        false => interactions(&memories, &message).await?,
    };
    let elsewhere: Vec<String> = elsewhere.iter().map(|memory| line(memory, people, now)).collect();
    let interactions = add_header("# Recent Interactions", &elsewhere.join("\n"));
    let results = history.iter().filter(|memory| memory.kind == MemoryKind::ActionResult);
    let results: Vec<String> = results
        .map(|memory| format!("- {}: {}", memory.content.actions.join(", "), memory.content.text))
        .collect();
    let received = format!("{}: {}", place.sender().name(), message.content.text);
    Ok(Context::default()
        .with_value("recentMessages", add_header("# Conversation Messages", &lines.join("\n")))
        .with_value("recentPosts", add_header("# Posts in Thread", &posts.join("\n")))
        .with_value("recentMessage", message.content.text.clone())
        .with_value("receivedMessageHeader", add_header("# Received Message", &received))
        .with_value("recentInteractions", interactions.clone())
        .with_value("recentMessageInteractions", interactions)
        .with_value("recentPostInteractions", "")
        .with_value("recentActionResults", add_header("# Recent Action Executions", &results.join("\n")))
        .with_value("senderName", place.sender().name()))
}

async fn interactions(
    memories: &Memories,
    message: &Memory,
) -> Result<Vec<Memory>, galatea::store::StoreError> {
    let query = MemoryQuery {
        kind: Some(MemoryKind::Message),
        entity: Some(message.entity),
        limit: INTERACTIONS,
        ..MemoryQuery::default()
    };
    let mut found = memories.memories(&query).await?;
    found.retain(|memory| memory.room != message.room);
    Ok(found)
}

fn line(memory: &Memory, people: &[Entity], now: Timestamp) -> String {
    let name = name_of(memory.entity, people);
    let Content { text, actions, attachments, .. } = &memory.content;
    let mut line = format!("({}) {name}: {text}", ago(memory.at, now));
    if !actions.is_empty() {
        line.push_str(&format!(" (actions: {})", actions.join(", ")));
    }
    for attachment in attachments {
        let title = attachment.title.as_deref().unwrap_or(&attachment.url);
        line.push_str(&format!(" [attachment: {title}]"));
    }
    line
}

fn post(memory: &Memory, people: &[Entity]) -> String {
    format!("Name: {}\nText:\n{}\n", name_of(memory.entity, people), memory.content.text)
}
