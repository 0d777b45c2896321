//! UPDATE_CONTACT.

use crate::{error::Problem, people::Company};
use galatea::{event::EntityUpdated, memory::Role, prelude::*};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How somebody can be reached.
#[derive(Deserialize, JsonSchema)]
struct Details {
    /// The person, by name; left out, it is the one who speaks.
    #[serde(default)]
    entity: Option<String>,
    /// Where they can be reached: email, phone, telegram, discord and the like.
    platform: String,
    /// How they can be reached there, as given: the account, number or mailbox. Blank takes the entry away.
    value: String,
}

/// Adds or changes contact details of a person who takes part in the conversation, as they were learned in it.
/// It connects people across platforms; it is not for settings.
#[action(
    similes("UPDATE_ENTITY"),
    example(user = "My email is sam@example.com", agent = "I noted your email."),
    example(user = "Emma's telegram is @emma_b", agent = "I noted Emma's telegram."),
    example(user = "You can reach me on discord as sam#1234", agent = "I noted your discord."),
    example(user = "Save my phone number 555 0100", agent = "I noted your phone.")
)]
async fn update_contact(
    Args(details): Args<Details>,
    agent: Agent,
    place: Place,
    message: Message,
    memories: Memories,
    events: Events,
    reply: Reply,
) -> Result<ActionResult, Problem> {
    let company = Company { people: place.participants(), sender: message.entity, agent: agent.id() };
    let person = match &details.entity {
        Some(name) if !name.trim().is_empty() => company.find(name)?,
        _ => place.sender(),
    };
    let (platform, value) = (details.platform.trim().to_lowercase(), details.value.trim());
    if platform.is_empty() {
        return Err(Problem::refused("say on which platform, e.g. email"));
    }
    // Read anew: an earlier step of this turn may have changed the entity.
    let stored = memories.entities(&[person.id]).await?.into_iter().next();
    let mut entity = stored.unwrap_or_else(|| person.clone());
    let contacts = entity.metadata.entry("contacts").or_insert_with(|| Map::new().into());
    if !contacts.is_object() {
        *contacts = Map::new().into();
    }
    let before = contacts.get(&platform).cloned();
    let others = person.id != message.entity;
    if others && before.as_ref().is_some_and(|old| old != value) && !manages(&place) {
        let name = person.name();
        return Err(Problem::Refused(format!(
            "{name}'s {platform} is known already; only {name}, an owner or an admin may change it"
        )));
    }
    if let Some(contacts) = contacts.as_object_mut() {
        match value {
            "" => contacts.remove(&platform),
            _ => contacts.insert(platform.clone(), value.into()),
        };
    }
    memories.put_entities(std::slice::from_ref(&entity)).await?;
    let whose = if others { format!("{}'s", person.name()) } else { "your".to_owned() };
    let done = if value.is_empty() { "removed" } else { "noted" };
    reply.text(format!("I {done} {whose} {platform}.")).await?;
    let data = json!({ "entity": person.id, "platform": platform, "before": before.unwrap_or(Value::Null), "after": value });
    let result =
        ActionResult::text(format!("{done} {platform} of {}: {value}", person.name())).with_data(&data)?;
    events.emit(EntityUpdated { entity }).await;
    Ok(result)
}

fn manages(place: &Place) -> bool {
    let role = place.world().and_then(|world| world.roles.get(&place.sender().id));
    role.is_some_and(|role| *role >= Role::Admin)
}
