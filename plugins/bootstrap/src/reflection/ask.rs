//! What the model is asked when the agent looks back.

use super::Scene;
use crate::talk;
use galatea::{
    memory::Entity,
    model::{Format, Line, Parameters, Purpose, Speaker},
    prelude::*,
};
use serde_json::{Map, Value, json};

/// The conversation as lines, what is known as context, and the shape of the answer.
pub(super) fn request(
    scene: &Scene<'_>,
    history: &[Memory],
    state: &State,
    replies: &Replies,
) -> ModelRequest {
    let Scene { agent, place, message, .. } = *scene;
    let name = &agent.character().name;
    let mut lines = talk::lines(agent, place, history, message);
    let said = replies.iter().filter(|reply| !reply.content.text.is_empty());
    lines.extend(said.map(|reply| Line::new(Speaker::Assistant, name, &reply.content.text)));
    // Some models take a last line of their own for the beginning of their answer.
    lines.push(Line::new(Speaker::User, "reflection", "Look back at this conversation now."));
    let mut request = ModelRequest {
        purpose: Purpose::Reflect,
        system: format!(
            "You keep the memory of {name}. Look back at the conversation and note what its people stated that is worth \
             remembering: lasting facts, opinions, how somebody is now, and what people are to each other. Write each claim as \
             one short sentence in the third person with the name of whom it is about. Note only what was stated, never what \
             {name} said of itself, nothing that is known already, and nothing that will not matter tomorrow. Empty lists are \
             a good answer. Answer with one JSON object and nothing else."
        ),
        context: context(scene),
        lines,
        tools: Vec::new(),
        format: Format::Json(schema()),
        parameters: Parameters::default(),
        ..ModelRequest::new(Purpose::Reflect, "")
    };
    if let Some(prompt) = talk::own_template(agent, "reflection", template_values(scene, state)) {
        // The template says what is known and in which form to answer; the conversation stays a conversation.
        request.system = prompt;
        request.context = String::new();
        request.format = Format::Text;
    }
    request
}

fn context(scene: &Scene<'_>) -> String {
    let people: Vec<String> = scene.people().iter().map(|person| format!("- {}", person.name())).collect();
    let mut context = format!("# People in this conversation\n{}\n", people.join("\n"));
    let known = known_facts(scene);
    if !known.is_empty() {
        context.push_str(&format!("# Known facts\n{known}\n"));
    }
    context
}

fn known_facts(scene: &Scene<'_>) -> String {
    let known: Vec<String> = scene.known.iter().map(|fact| format!("- {}", fact.content.text)).collect();
    known.join("\n")
}

fn schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let flag = |description: &str| json!({ "type": "boolean", "description": description });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["thought", "facts", "relationships"],
        "properties": {
            "thought": text("What stands out, in a sentence."),
            "facts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["claim", "type", "about", "in-bio", "already-known"],
                    "properties": {
                        "claim": text("One short sentence in the third person."),
                        "type": { "type": "string", "enum": ["fact", "opinion", "status"] },
                        "about": text("The name of the person it is about."),
                        "in-bio": flag("It is part of the agent's own description."),
                        "already-known": flag("It is among the known facts."),
                    },
                },
            },
            "relationships": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["source", "target", "tags"],
                    "properties": {
                        "source": text("The name of the one."),
                        "target": text("The name of the other."),
                        "tags": {
                            "type": "array",
                            "items": { "type": "string" },
                            "description": "What the target is to the source: friend, sister, colleague.",
                        },
                    },
                },
            },
        },
    })
}

/// What a reflection template of an elizaOS character may name, besides the values of the providers.
fn template_values(scene: &Scene<'_>, state: &State) -> Map<String, Value> {
    let Scene { agent, place, message, .. } = *scene;
    let person = |person: &Entity| format!("\"{}\"\nID: {}\n", person.names.join("\" aka \""), person.id);
    let people: Vec<String> = scene.people().iter().map(person).collect();
    let room = place.room().map_or("", |room| room.kind.name()).to_uppercase();
    let mut values = state.values.clone();
    for (name, value) in [
        ("knownFacts", known_facts(scene)),
        ("entitiesInRoom", people.join("\n")),
        ("roomType", room),
        ("agentName", agent.character().name.clone()),
        ("agentId", agent.id().to_string()),
        ("senderName", place.sender().name().to_owned()),
        ("senderId", message.entity.to_string()),
        ("message", message.content.text.clone()),
    ] {
        values.insert(name.to_owned(), value.into());
    }
    values.entry("existingRelationships").or_insert_with(|| "".into());
    values
}
