//! REPLY.

use crate::{error::Problem, talk};
use galatea::{
    model::{Format, Parameters, Purpose},
    prelude::*,
    text::answer::read_answer,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// What to say.
#[derive(Deserialize, JsonSchema)]
struct Words {
    /// What to say; left out, it is put into words from the conversation and the results so far.
    #[serde(default)]
    text: Option<String>,
}

/// Replies to the current conversation. The default if nothing else is to be done; at the beginning of a chain
/// of actions it acknowledges, at the end it sums up.
#[action(
    name = "REPLY",
    similes("GREET", "REPLY_TO_MESSAGE", "SEND_REPLY", "RESPOND", "RESPONSE"),
    example(user = "Hello there!", agent = "Hi! How are you?"),
    example(user = "What do you think about that?", agent = "I find it interesting."),
    example(user = "Good morning", agent = "Good morning to you too.")
)]
#[expect(clippy::too_many_arguments, reason = "each is something that the words are made of")]
async fn say(
    Args(words): Args<Words>,
    agent: Agent,
    place: Place,
    history: History,
    message: Message,
    state: State,
    previous: Previous<Value>,
    models: Models,
    reply: Reply,
) -> Result<ActionResult, Problem> {
    let given = words.text.filter(|text| !text.trim().is_empty());
    let text = match given {
        Some(text) => text.trim().to_owned(),
        None => {
            let request = request(&agent, &place, &history, &message, &state, &previous);
            let answer = models.ask(ModelKind::TextLarge, request).await?;
            read_answer(&answer.text).text.unwrap_or_default().trim().to_owned()
        }
    };
    if text.is_empty() {
        return Err(Problem::refused("the model gave no words to say"));
    }
    reply.text(text.clone()).await?;
    Ok(ActionResult::text(format!("Said: {text}")).with_value("lastReply", text))
}

fn request(
    agent: &Agent,
    place: &Place,
    history: &[Memory],
    message: &Memory,
    state: &State,
    previous: &Previous<Value>,
) -> ModelRequest {
    let character = agent.character();
    let name = &character.name;
    let own = character.system.clone().unwrap_or_else(|| format!("You are {name}."));
    let mut request = ModelRequest {
        purpose: Purpose::Reply,
        system: format!("{own}\n\nWrite what {name} says next, in plain words and nothing else."),
        context: state.text.clone(),
        lines: talk::lines(agent, place, history, message),
        tools: Vec::new(),
        format: Format::Text,
        parameters: Parameters::default(),
        ..ModelRequest::new(Purpose::Reply, "")
    };
    for step in previous.all() {
        request.context.push_str(&format!("\nResult of {}: {}", step.action, step.result.summary()));
    }
    let mut values = state.values.clone();
    values.entry("agentName").or_insert_with(|| name.clone().into());
    if let Some(prompt) = talk::own_template(agent, "reply", values) {
        // As in the engine: the template says who the agent is and what it knows; the conversation stays a conversation.
        request.context = String::new();
        request.system = prompt;
    }
    request
}
