//! `/api/agents`: who is here.

use crate::{door::Door, failure::Failure, shape::success};
use axum::{
    Json,
    extract::{Path, State},
};
use galatea::{agent::Agent, character::Lines, memory::Role};
use galatea_server::{Access, Directory, Scope};
use serde_json::{Value, json};

pub(crate) async fn list(State(directory): State<Directory>, access: Access) -> Result<Json<Value>, Failure> {
    let agents = Door::of(directory, access)?.agents()?;
    let agents: Vec<Value> = agents.iter().map(brief).collect();
    Ok(success(json!({ "agents": agents })))
}

fn brief(agent: &Agent) -> Value {
    let character = agent.character();
    json!({
        "id": agent.id(),
        "name": character.name,
        "characterName": character.name,
        "bio": lines(&character.bio).first().cloned().unwrap_or_default(),
        "status": "active",
    })
}

pub(crate) async fn one(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
) -> Result<Json<Value>, Failure> {
    let agent = Door::of(directory, access)?.agent(&agent)?;
    let character = agent.character();
    let examples = character.message_examples.iter().map(|conversation| {
        conversation
            .iter()
            .map(|line| json!({ "name": line.name, "content": { "text": line.text } }))
            .collect::<Vec<_>>()
    });
    // Neither settings nor secrets: who may chat need not know them.
    Ok(success(json!({
        "id": agent.id(),
        "name": character.name,
        "username": character.username,
        "bio": lines(&character.bio),
        "topics": character.topics,
        "adjectives": character.adjectives,
        "style": { "all": character.style.all, "chat": character.style.chat, "post": character.style.post },
        "messageExamples": examples.collect::<Vec<_>>(),
        "postExamples": character.post_examples,
        "plugins": agent.parts().plugins.iter().map(|plugin| plugin.name).collect::<Vec<_>>(),
        "settings": {},
        "enabled": true,
        "status": "active",
    })))
}

fn lines(lines: &Lines) -> Vec<String> {
    lines.as_slice().iter().map(ToString::to_string).collect()
}

pub(crate) async fn worlds(
    State(directory): State<Directory>,
    access: Access,
) -> Result<Json<Value>, Failure> {
    let door = Door::of(directory, access)?;
    let mut worlds = Vec::new();
    for agent in door.agents()? {
        door.may(&agent, Role::Admin, Scope::Read)?;
        worlds.extend(agent.store().worlds().await?.into_iter().map(|world| {
            json!({ "id": world.id, "name": world.name, "agentId": world.agent, "metadata": world.metadata })
        }));
    }
    Ok(success(json!({ "worlds": worlds })))
}

/// The pages of plugins; elizaOS means routes that give HTML, of which none are listed here.
pub(crate) async fn panels(
    State(directory): State<Directory>,
    access: Access,
    Path(agent): Path<String>,
) -> Result<Json<Value>, Failure> {
    Door::of(directory, access)?.agent(&agent)?;
    Ok(success(json!([])))
}
