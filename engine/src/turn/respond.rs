//! Shall the agent respond? Rules first, the small model where they leave it open.

use super::{TurnContext, prompt};
use crate::{
    agent::Agent,
    character::Respond,
    memory::{Attention, Content, RoomKind},
    model::{ModelError, ModelKind, ModelRequest, Purpose, TextSink},
    text::answer::{Verdict, read_should_respond},
};

/// What the rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Respond, and why.
    Respond(String),
    /// Do not, and why.
    Ignore(String),
    /// The rules leave it to the model.
    AskModel,
}

/// The rules of responding, in their order: muted, only-followed, private rooms, chosen sources, mention,
/// reply; else the model. `named` is whether the text names the agent.
#[must_use]
pub fn respond_rule(
    respond: &Respond,
    room: Option<RoomKind>,
    attention: Attention,
    content: &Content,
    named: bool,
) -> Rule {
    let Some(room) = room else {
        return Rule::Ignore("no room context".to_owned());
    };
    let addressed = named || content.mention.mention;
    if attention == Attention::Muted && !addressed {
        return Rule::Ignore("the room is muted; it listens where it is named".to_owned());
    }
    if respond.only_followed && attention != Attention::Followed && !addressed {
        return Rule::Ignore("it responds only in rooms that it follows".to_owned());
    }
    let private = matches!(room, RoomKind::Dm | RoomKind::VoiceDm | RoomKind::Own | RoomKind::Api);
    if private || respond.always_in.contains(&room) {
        return Rule::Respond(format!("private channel: {}", room.name()));
    }
    if let Some(source) = content.source.as_ref().map(|source| source.to_lowercase()) {
        let always = respond.always_to.iter().map(String::as_str).chain(["client_chat"]);
        if always.into_iter().any(|wanted| source.contains(&wanted.to_lowercase())) {
            return Rule::Respond(format!("whitelisted source: {source}"));
        }
    }
    if content.mention.mention {
        return Rule::Respond("platform mention".to_owned());
    }
    if content.mention.reply {
        return Rule::Respond("platform reply".to_owned());
    }
    if attention == Attention::Muted {
        return Rule::Respond("named in a muted room".to_owned());
    }
    Rule::AskModel
}

/// Decides, and notes why in the record.
pub(super) async fn respond(agent: &Agent, turn: &std::sync::Arc<TurnContext>) -> bool {
    let character = agent.character();
    let room = turn.snapshot.room.as_ref().map(|room| room.kind);
    let named = names(&turn.message.content.text, &character.name);
    let rule = respond_rule(&character.respond, room, turn.snapshot.attention, &turn.message.content, named);
    let (responds, reason) = match rule {
        Rule::Respond(reason) => (true, reason),
        Rule::Ignore(reason) => (false, reason),
        Rule::AskModel => ask(agent, turn).await,
    };
    turn.note(|record| {
        record.responded = responds;
        record.reason = reason;
    });
    responds
}

async fn ask(agent: &Agent, turn: &std::sync::Arc<TurnContext>) -> (bool, String) {
    let request = prompt::should_respond(agent, turn);
    match call(agent, turn, request).await {
        Ok(answer) => match read_should_respond(&answer) {
            Verdict::Respond => (true, "the model decided to respond".to_owned()),
            Verdict::Ignore => (false, "the model decided to ignore".to_owned()),
            Verdict::Stop => (false, "the model decided to stop".to_owned()),
            Verdict::Unclear => (false, "the model's verdict is unclear".to_owned()),
        },
        Err(error) => (false, format!("no model could decide: {error}")),
    }
}

async fn call(
    agent: &Agent,
    turn: &std::sync::Arc<TurnContext>,
    request: ModelRequest,
) -> Result<String, ModelError> {
    debug_assert_eq!(request.purpose, Purpose::ShouldRespond);
    let answer = agent.generate(ModelKind::TextSmall, request, Some(turn), TextSink::default()).await?;
    Ok(answer.text)
}

/// Whether a text names the agent, as a word.
fn names(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    if name.is_empty() {
        return false;
    }
    text.match_indices(&name).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}
