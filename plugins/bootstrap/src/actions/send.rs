//! SEND_MESSAGE.

use crate::{
    error::Problem,
    people::{Company, DidYouMean, NotFound, nearest},
};
use galatea::{
    event::MessageSent,
    memory::{Entity, Room, RoomKind},
    prelude::*,
    text::name::same_name,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// In how many rooms people are looked for at most; each costs a read.
const ROOMS_SEARCHED: usize = 500;

/// What goes where.
#[derive(Deserialize, JsonSchema)]
struct Letter {
    /// The room or the person that receives it, by name.
    target: String,
    /// The message.
    text: String,
}

/// Sends a message to another room, or to a person in their direct chat. Not for replies in this room.
#[action(
    similes("DM", "MESSAGE", "SEND_DM", "POST_MESSAGE"),
    example(user = "Tell Ann that dinner is ready", agent = "I wrote to Ann."),
    example(user = "Send a message to Tom saying I am on my way", agent = "I wrote to Tom."),
    example(user = "Post in the general room that the build is green", agent = "I wrote to general."),
    example(user = "DM Carl: lunch at noon", agent = "I wrote to Carl.")
)]
async fn send_message(
    Args(letter): Args<Letter>,
    agent: Agent,
    place: Place,
    message: Message,
    memories: Memories,
    events: Events,
    reply: Reply,
) -> Result<ActionResult, Problem> {
    let text = letter.text.trim();
    if text.is_empty() {
        return Err(Problem::refused("there is nothing to send: say what the message is"));
    }
    let (room, name) = target(&letter.target, &agent, &place, &message, &memories).await?;
    if room.id == message.room {
        return Err(Problem::refused("that is this room; a plain reply is enough"));
    }
    let sent = Memory {
        id: Uuid::now_v7(),
        kind: MemoryKind::Message,
        agent: agent.id(),
        entity: agent.id(),
        room: room.id,
        world: room.world,
        at: agent.clock().now(),
        sequence: 0,
        content: Content { source: Some(room.source.clone()), ..Content::text(text) },
        metadata: json!({ "asked-by": message.entity, "asked-in": message.room }),
    };
    let stored = memories.add_memories(std::slice::from_ref(&sent)).await?;
    let sequence = stored.first().map_or(0, |(sequence, _)| *sequence);
    let sent = Arc::new(Memory { sequence, ..sent });
    events.emit(MessageSent { message: Arc::clone(&sent) }).await;
    reply.text(format!("I wrote to {name}.")).await?;
    let data = json!({ "room": room.id, "message": sent.id, "target": name });
    Ok(ActionResult::text(format!("Sent to {name}: {text}")).with_data(&data)?)
}

/// The room that is meant, and what to call it: a room of that name, else the direct chat with a person of that name.
async fn target(
    wanted: &str,
    agent: &Agent,
    place: &Place,
    message: &Memory,
    memories: &Memories,
) -> Result<(Room, String), Problem> {
    let wanted = wanted.trim().trim_start_matches(['#', '@']);
    let rooms: Vec<Room> =
        memories.rooms().await?.into_iter().filter(|room| room.kind != RoomKind::Own).collect();
    let direct = |room: &&Room| matches!(room.kind, RoomKind::Dm | RoomKind::VoiceDm);
    let meant =
        |room: &&Room| !direct(room) && (same_name(&room.name, wanted) || room.id.to_string() == wanted);
    let named: Vec<&Room> = rooms.iter().filter(meant).collect();
    // A room of this world goes before rooms of the same name elsewhere.
    let here = named.iter().find(|room| room.world.is_some() && room.world == message.world);
    if let Some(room) = here.or(named.first()) {
        return Ok(((*room).clone(), room.name.clone()));
    }
    let mut people: Vec<Entity> = place.participants().to_vec();
    let mut chats: Vec<(Uuid, Room)> = Vec::new();
    for room in rooms.iter().take(ROOMS_SEARCHED) {
        for person in memories.snapshot(room.id, galatea::store::Window::newest(0)).await?.participants {
            if direct(&room) && person.id != agent.id() {
                chats.push((person.id, room.clone()));
            }
            if !people.iter().any(|known| known.id == person.id) {
                people.push(person);
            }
        }
    }
    let company = Company { people: &people, sender: message.entity, agent: agent.id() };
    let person = match company.find(wanted) {
        Ok(person) => person,
        Err(NotFound::Nobody { name, nearest: near }) => {
            let near = near.or_else(|| nearest(wanted, rooms.iter().map(|room| room.name.as_str())));
            let why = format!("I know no room and nobody called {name}{}", DidYouMean(&near));
            return Err(Problem::Refused(why));
        }
        Err(several) => return Err(several.into()),
    };
    let chat = chats.into_iter().find(|(id, _)| *id == person.id);
    let (_, room) = chat.ok_or_else(|| {
        let name = person.name();
        Problem::Refused(format!("I have no direct chat with {name} yet; {name} has to write to me first"))
    })?;
    Ok((room, person.name().to_owned()))
}
