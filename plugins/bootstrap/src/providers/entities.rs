//! ENTITIES.

use super::{is_shared, list, section};
use galatea::{memory::Entity, prelude::*, text::template::add_header};
use serde_json::{Value, json};

/// The people in this conversation, with how they can be reached. Told where several may be.
#[provider]
async fn entities(agent: Agent, place: Place) -> Context {
    let people = place.participants();
    let shared = place.room().is_some_and(|room| is_shared(room.kind));
    let text = match shared {
        true => section("People in this room", &list(people.iter().map(|person| described(person, &agent)))),
        false => String::new(),
    };
    let body: Vec<String> = people
        .iter()
        .filter(|person| person.id != agent.id())
        .map(|person| format!("\"{}\"\nID: {}\n", person.names.join("\" aka \""), person.id))
        .collect();
    let names: Vec<Value> =
        people.iter().map(|person| json!({ "id": person.id, "names": person.names })).collect();
    let mut context = Context::text(text)
        .with_value("entities", add_header("# People in the Room", &body.join("\n")))
        .with_value("senderName", place.sender().name());
    context.data = json!({ "entities": names });
    context
}

fn described(person: &Entity, agent: &Agent) -> String {
    let mut line = person.names.join(", also called ");
    if person.id == agent.id() {
        line.push_str(" (you)");
    }
    if let Some(contacts) = person.metadata.get("contacts").and_then(Value::as_object) {
        for (platform, value) in contacts {
            line.push_str(&format!("; {platform}: {}", value.as_str().unwrap_or_default()));
        }
    }
    line
}
