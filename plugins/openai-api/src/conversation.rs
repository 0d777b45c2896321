//! The room of a request, and what of it the agent has not heard.
//!
//! Agents keep their own memory: where a conversation has a key, its room is the same at every request, and of the messages that
//! the program sends again only those are told that are new. Without a key each request has a room of its own, and what was said
//! before is told as the past of that room.

use crate::{door::Door, error::ApiError, fields::Fields, prompt::Line, prompt::Prompt};
use galatea::{
    agent::{Address, Agent, Past},
    memory::{Content, Entity, Memory, MemoryKind, Role, RoomKind},
    store::{StoreError, Window},
    text::id::stable_id_for,
};
use galatea_server::{SOURCE, name_in_rooms};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Stands between a caller and somebody for whom it speaks: no name of a token holds it, so that nobody is taken for another.
const PERSON: char = '\u{1f}';

/// The longest key of a conversation, in characters.
const LONGEST_KEY: usize = 512;

/// How many messages of a room are looked at to find out what of the request is new in it.
const LOOKED_AT: usize = 64;

/// Where a request is heard, and who speaks.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) address: Address,
    /// Who speaks, by the name on the platform.
    pub(crate) from: String,
    /// What that one is called, where it is not `from`.
    called: Option<String>,
}

/// The first of these fields that is there is the key of the conversation.
pub(crate) fn key(body: &Fields<'_>, fields: &[&str]) -> Result<Option<String>, ApiError> {
    let in_metadata = body
        .object("metadata")?
        .map(|metadata| metadata.text("conversation").map(|it| it.map(str::to_owned)));
    let mut key = in_metadata.transpose()?.flatten();
    for name in fields {
        let value = match body.get(name) {
            // The conversations of the Responses API.
            Some(Value::Object(_)) if *name == "conversation" => {
                body.object(name)?.map(|it| it.required_text("id").map(str::to_owned)).transpose()?
            }
            _ => body.text(name)?.map(str::to_owned),
        };
        key = key.or(value);
    }
    let key = key.filter(|key| !key.trim().is_empty());
    if key.as_ref().is_some_and(|key| key.chars().count() > LONGEST_KEY) {
        let message = format!("The key of a conversation has {LONGEST_KEY} characters at most.");
        return Err(ApiError::invalid(message).code("string_above_max_length"));
    }
    Ok(key)
}

/// `metadata` of a request: up to 16 texts by name.
pub(crate) fn metadata(body: &Fields<'_>) -> Result<Map<String, Value>, ApiError> {
    let Some(metadata) = body.object("metadata")? else { return Ok(Map::new()) };
    for name in metadata.all().keys() {
        if metadata.get(name).is_some_and(|value| !value.is_string() && !value.is_boolean()) {
            return Err(metadata.mistyped(name, "a string"));
        }
    }
    Ok(metadata.all().clone())
}

impl Conversation {
    /// The conversation of a key with who calls, or with `user` of that one's program.
    pub(crate) fn of(door: &Door, key: &str, user: Option<&str>) -> Self {
        let caller = name_in_rooms(&door.name);
        let address = Address {
            source: SOURCE.to_owned(),
            kind: RoomKind::Api,
            room: format!("{}{key}", prefix(door)),
            world: Some(format!("openai:{caller}")),
        };
        let from = user.map_or_else(|| door.name.clone(), |user| format!("{caller}{PERSON}{user}"));
        Self { address, from, called: user.map(str::to_owned) }
    }

    /// Its room.
    pub(crate) fn room(&self, agent: &Agent) -> Uuid {
        agent.place_id(&self.address.source, &self.address.room)
    }

    /// Makes the place known, and tells what of the request was said before and has not been heard.
    /// `message` is the id of what the agent is asked: told twice for the same one, the past is remembered once.
    pub(crate) async fn prepare(&self, door: &Door, prompt: &Prompt, message: Uuid) -> Result<(), ApiError> {
        let agent = &door.agent;
        self.introduce(agent).await?;
        let heard = agent.store().snapshot(self.room(agent), Window::newest(LOOKED_AT)).await?.history;
        let heard: Vec<&Memory> = heard.iter().filter(|it| it.kind == MemoryKind::Message).collect();
        let before = if heard.is_empty() {
            prompt.before.iter().collect()
        } else {
            unheard(agent, &heard, &prompt.before)
        };
        let past =
            before.into_iter().enumerate().map(|(index, line)| self.past(message, index, line)).collect();
        agent.recount(&self.address, &self.from, past).await?;
        self.give_role(door).await
    }

    /// Tells what was said in another room up to a message: the conversation goes on from there.
    pub(crate) async fn branch(&self, door: &Door, past: Vec<Memory>) -> Result<(), ApiError> {
        let agent = &door.agent;
        self.introduce(agent).await?;
        let told = past.into_iter().map(|memory| Past {
            id: None,
            from: (memory.entity != agent.id()).then(|| self.from.clone()),
            content: Content { in_reply_to: None, ..memory.content },
        });
        agent.recount(&self.address, &self.from, told.collect()).await?;
        Ok(())
    }

    fn past(&self, message: Uuid, index: usize, line: &Line) -> Past {
        Past {
            id: Some(stable_id_for(message, &format!("before {index}"))),
            from: (!line.is_agents).then(|| self.from.clone()),
            content: Content {
                attachments: line.said.attachments.clone(),
                ..Content::text(line.said.text.clone())
            },
        }
    }

    /// Who speaks goes by the name that the program gives, not by the one that tells callers apart.
    async fn introduce(&self, agent: &Agent) -> Result<(), StoreError> {
        let Some(called) = &self.called else { return Ok(()) };
        let id = agent.entity_id(&self.address.source, &self.from);
        if agent.store().entities(&[id]).await?.is_empty() {
            let entity = Entity { id, agent: agent.id(), names: vec![called.clone()], metadata: Map::new() };
            agent.update_entity(entity).await?;
        }
        Ok(())
    }

    /// In the world of the caller's conversations, the caller may do what its token says. People whom its program names are guests.
    async fn give_role(&self, door: &Door) -> Result<(), ApiError> {
        let Some(world) = self.address.world.as_ref().filter(|_| self.called.is_none()) else {
            return Ok(());
        };
        let agent = &door.agent;
        let role = [Role::Owner, Role::Admin, Role::Member].into_iter().find(|role| door.caller.has(*role));
        let id = agent.world_id(&self.address.source, world);
        let entity = agent.entity_id(&self.address.source, &self.from);
        Ok(agent.give_role(id, world, entity, role.unwrap_or_default()).await?)
    }
}

/// What the names of a caller's rooms begin with.
pub(crate) fn prefix(door: &Door) -> String {
    format!("openai:{}/", name_in_rooms(&door.name))
}

/// What of the lines before the last one is new in a room in which something was said: what the user said since the agent
/// answered, but for what stands there without an answer already, e.g. because a turn was cancelled. What the agent
/// answered it knows.
fn unheard<'l>(agent: &Agent, heard: &[&Memory], before: &'l [Line]) -> Vec<&'l Line> {
    let since = before.iter().rposition(|line| line.is_agents).map_or(0, |index| index + 1);
    let mut unanswered = heard
        .iter()
        .rev()
        .take_while(|memory| memory.entity != agent.id())
        .map(|it| it.content.text.trim())
        .collect::<Vec<_>>();
    let new = before[since..].iter().filter(|line| {
        let known = unanswered.iter().rposition(|text| *text == line.said.text.trim());
        known.map(|index| unanswered.remove(index)).is_none()
    });
    new.collect()
}
