//! What the engine asks models, in words. A character's `[templates]` may replace them.

use super::TurnContext;
use crate::{
    agent::Agent,
    memory::{Memory, MemoryKind},
    model::{Format, Line, ModelKind, ModelRequest, Purpose, Speaker, Tool},
    text::template::Template,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The question of the decide stage: history and context as they are, actions as tools.
pub(super) fn decide(agent: &Agent, turn: &TurnContext, tools: Vec<Tool>, more: &[Line]) -> ModelRequest {
    let composed = turn.composed();
    let mut request = ModelRequest {
        purpose: Purpose::Decide,
        system: system(agent),
        context: composed.text.clone(),
        lines: conversation(agent, turn),
        tools,
        format: Format::Text,
        parameters: agent.parameters(&ModelKind::TextLarge),
        ..ModelRequest::new(Purpose::Decide, "")
    };
    if let Some(prompt) = own_template(agent, turn, "message-handler") {
        // The template says who the agent is, what it knows and in which form to answer; the conversation stays a conversation.
        request.context = String::new();
        request.system = prompt;
    }
    request.lines.extend_from_slice(more);
    request
}

/// The question whether to respond.
pub(super) fn should_respond(agent: &Agent, turn: &TurnContext) -> ModelRequest {
    let name = &agent.character().name;
    let mut request = ModelRequest {
        purpose: Purpose::ShouldRespond,
        system: format!(
            "You decide whether {name} should respond to the last message of this conversation. {name} responds when \
             it is addressed, asked, or taking part; it ignores what others say to each other; it stops when it is \
             told to. Answer with one word: RESPOND, IGNORE or STOP."
        ),
        context: String::new(),
        lines: conversation(agent, turn),
        tools: Vec::new(),
        format: Format::Text,
        parameters: agent.parameters(&ModelKind::TextSmall),
        ..ModelRequest::new(Purpose::ShouldRespond, "")
    };
    if let Some(prompt) = own_template(agent, turn, "should-respond") {
        request.system = prompt;
    }
    request
}

/// Who the agent is: the part of a prompt that stays the same from turn to turn.
pub(super) fn system(agent: &Agent) -> String {
    let character = agent.character();
    let own = character.system.clone().unwrap_or_else(|| format!("You are {}.", character.name));
    format!(
        "{own}\n\nAnswer the last message as {name} would, in plain words. Use a tool when it does what is asked; \
         never say that you did something without using the tool that does it.",
        name = character.name
    )
}

/// A template of the character's own, rendered with what the turn knows.
fn own_template(agent: &Agent, turn: &TurnContext, name: &str) -> Option<String> {
    let character = agent.character();
    let source = character.templates.get(name)?;
    let values = template_values(agent, turn);
    match Template::compile(source).and_then(|template| template.render(&Value::Object(values))) {
        Ok(prompt) => Some(prompt),
        Err(error) => {
            tracing::error!(template = name, "the character's template cannot be used: {error}");
            None
        }
    }
}

/// What templates may name: the state's values, and the basics of the turn.
fn template_values(agent: &Agent, turn: &TurnContext) -> Map<String, Value> {
    let character = agent.character();
    let mut values = Map::new();
    values.insert("agentName".to_owned(), character.name.clone().into());
    values.insert("senderName".to_owned(), turn.sender.name().into());
    values.insert("recentMessage".to_owned(), turn.message.content.text.clone().into());
    values.insert("bio".to_owned(), character.bio.as_slice().join(" ").into());
    values.extend(turn.composed().values.clone());
    values
}

/// The conversation up to the message of this turn, oldest first.
pub(super) fn conversation(agent: &Agent, turn: &TurnContext) -> Vec<Line> {
    // The snapshot leaves out what others said after this message; what the agent said since belongs to the conversation.
    let history = turn.snapshot.history.iter().filter(|memory| memory.kind == MemoryKind::Message);
    let mut lines: Vec<Line> = history
        .filter(|memory| memory.id != turn.message.id && !memory.content.text.is_empty())
        .map(|memory| line(agent, turn, memory))
        .collect();
    lines.push(line(agent, turn, &turn.message));
    lines
}

fn line(agent: &Agent, turn: &TurnContext, memory: &Memory) -> Line {
    if memory.entity == agent.id() {
        return Line::new(Speaker::Assistant, &agent.character().name, &memory.content.text);
    }
    let name = turn.snapshot.participants.iter().find(|entity| entity.id == memory.entity);
    Line::new(Speaker::User, name.map_or("somebody", |entity| entity.name()), &memory.content.text)
}

/// The same request for a model that does not take tools: the actions stand in the prompt, and so does the form
/// of the answer.
#[must_use]
pub(crate) fn without_tools(request: &ModelRequest, providers: &[(&str, &str)]) -> Arc<ModelRequest> {
    let mut request = request.clone();
    let mut actions = String::new();
    for tool in std::mem::take(&mut request.tools) {
        actions
            .push_str(&format!("- {}: {}\n  parameters: {}\n", tool.name, tool.description, tool.parameters));
    }
    let mut more = String::new();
    let mut named = "";
    if !providers.is_empty() {
        named = "<providers>what you must know first, by name, separated by commas; else empty</providers>\n";
        more.push_str("# Providers\n");
        providers.iter().for_each(|(name, told)| more.push_str(&format!("- {name}: {told}\n")));
        more.push('\n');
    }
    let asked = "Answer in this form and nothing else:\n<response>\n<thought>why</thought>\n\
                 <actions>REPLY or the names of actions, separated by commas</actions>\n";
    let rest =
        "<params>{\"ACTION\": {\"parameter\": \"value\"}}</params>\n<text>what you say</text>\n</response>";
    request.system = format!("{}\n\n# Actions\n{actions}\n{more}{asked}{named}{rest}", request.system);
    Arc::new(request)
}
