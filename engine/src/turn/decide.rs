//! One model call that gives the reply and the actions of a turn.

use super::{TurnContext, call::find, prompt, reading, trim};
use crate::{
    agent::{Agent, RegisteredAction},
    extract::{ExtractError, Input, Invocation},
    memory::Role,
    model::{Line, ModelAnswer, ModelError, ModelKind, ModelRequest, Piece, TextSink, Tool, ToolCall},
    text::{
        answer::{Asked, Form, StreamReader},
        name::same_name,
    },
    turn::guarded,
};
use serde_json::{Map, Value};
use std::{sync::Arc, time::Duration};

/// How long a validate stage may take.
const VALIDATE_TIMEOUT: Duration = Duration::from_secs(2);

/// Words of the answer format itself: they are not run, they say how to answer.
pub(super) mod word {
    /// Say the text.
    pub(crate) const REPLY: &str = "REPLY";
    /// Say nothing.
    pub(crate) const IGNORE: &str = "IGNORE";
    /// Nothing more than the text.
    pub(crate) const NONE: &str = "NONE";
}

/// What the model wants.
#[derive(Debug)]
pub(super) struct Decision {
    /// What to say at once.
    pub(super) text: String,
    /// What to do, in order, without the words of the answer format.
    pub(super) calls: Vec<ToolCall>,
    /// It wants to say nothing.
    pub(super) ignore: bool,
    /// It wants a reply but gave no text.
    pub(super) reply_without_text: bool,
    /// The providers that it wants to hear first, as they are registered; only those that have not told yet.
    pub(super) providers: Vec<String>,
    /// The text ends in the middle.
    pub(super) cut: bool,
    /// Why the model is to be asked again, once.
    pub(super) problem: Option<String>,
}

/// Asks the model, streams the text to whoever follows, and sorts the answer.
pub(super) async fn decide(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    offered: &[RegisteredAction],
    more: &[Line],
) -> Result<Decision, ModelError> {
    let mut request = prompt::decide(agent, turn, tools(offered), more);
    trim::fit(agent, turn, &mut request, more.len()).await;
    Ok(sort(turn, ask(agent, turn, request).await?))
}

/// Asks the model of the conversation and streams the text of its answer to whoever follows.
pub(super) async fn ask(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    request: ModelRequest,
) -> Result<ModelAnswer, ModelError> {
    let mut shown = Shown::new(agent, turn, &request);
    let (sink, mut pieces) = TextSink::channel();
    let generate = agent.generate(ModelKind::TextLarge, request, Some(turn), sink);
    tokio::pin!(generate);
    let answer = loop {
        tokio::select! {
            biased;
            Some(piece) = pieces.recv() => shown.take(piece),
            answer = &mut generate => break answer,
        }
    };
    // Whoever still holds the sink is not waited for.
    pieces.close();
    while let Ok(piece) = pieces.try_recv() {
        shown.take(piece);
    }
    shown.finish();
    answer
}

/// What is shown of an answer while it comes.
struct Shown<'a> {
    turn: &'a TurnContext,
    /// Taken by the reader while there is one.
    asked: Asked<'static>,
    /// Begun with the first piece: only then it is known in which form the model answers.
    reader: Option<StreamReader>,
    /// A gate may still hold or rewrite the reply; then nothing of it may be seen before.
    streams: bool,
}

impl<'a> Shown<'a> {
    fn new(agent: &Agent, turn: &'a TurnContext, request: &ModelRequest) -> Self {
        let asked = reading::asked(&agent.character().name, request, Form::Native).into_owned();
        let streams = !turn.parts.evaluators.iter().any(|evaluator| evaluator.def.gate);
        Self { turn, asked, reader: None, streams }
    }

    fn take(&mut self, piece: Piece) {
        let text = match piece {
            Piece::Text(text) => text,
            // Another model begins: what this one said does not stay.
            Piece::Again => {
                self.asked = self
                    .reader
                    .take()
                    .map_or_else(|| std::mem::take(&mut self.asked), StreamReader::into_asked);
                return self.turn.settle_stream("");
            }
        };
        let form = self.turn.form();
        let begin = || StreamReader::of(Asked { form, ..std::mem::take(&mut self.asked) });
        let reader = self.reader.get_or_insert_with(begin);
        let text = reader.push(&text);
        if reader.take_back() {
            self.turn.settle_stream("");
        }
        self.tell(text);
    }

    fn finish(&mut self) {
        if let Some(mut reader) = self.reader.take() {
            self.tell(reader.finish());
        }
    }

    fn tell(&self, text: String) {
        if self.streams && !text.is_empty() {
            self.turn.tell_text(text);
        }
    }
}

/// Sorts the words of the answer format from the actions. A simile of such a word (`RESPOND`) is that word.
fn sort(turn: &TurnContext, answer: ModelAnswer) -> Decision {
    let mut text = answer.text.trim().to_owned();
    let cut = answer.cut && !text.is_empty();
    let (mut ignore, mut reply) = (false, false);
    let mut calls = Vec::new();
    let providers = untold(turn, &answer.providers);
    for call in answer.calls {
        let named = find(turn, &call.name).map_or(call.name.as_str(), |action| action.def.name);
        match named.to_ascii_uppercase().as_str() {
            word::NONE => {}
            word::IGNORE => ignore = true,
            word::REPLY => {
                reply = true;
                if text.is_empty()
                    && let Some(given) = call.arguments.get("text").and_then(Value::as_str)
                {
                    given.trim().clone_into(&mut text);
                }
            }
            _ => calls.push(call),
        }
    }
    // A text that is to be said outweighs the wish to say nothing (as in elizaOS); without REPLY the wish stands.
    let speaks = reply && !text.is_empty();
    ignore = ignore && !speaks && calls.is_empty();
    let reply_without_text = reply && text.is_empty() && !ignore && calls.is_empty();
    Decision { text, calls, ignore, reply_without_text, providers, cut, problem: answer.problem }
}

/// Of the providers with these names, those that have not told anything in this turn; names of none are nothing.
fn untold(turn: &TurnContext, names: &[String]) -> Vec<String> {
    let told = turn.state().composed_by.clone();
    let wanted = |name: &str| names.iter().any(|wanted| same_name(wanted, name));
    let providers = turn.parts.providers.iter().map(|provider| provider.def.name);
    providers.filter(|name| !told.contains(name) && wanted(name)).map(str::to_owned).collect()
}

/// The actions as a model sees them.
fn tools(offered: &[RegisteredAction]) -> Vec<Tool> {
    let spoken = [word::REPLY, word::NONE];
    let offered = offered.iter().filter(|action| !spoken.contains(&action.def.name));
    offered.map(|action| action.tool.as_ref().clone()).collect()
}

/// The actions whose permissions are granted, that the sender may use and whose validate stages agree: those that are
/// offered in every turn first, so that the beginning of the prompt stays the same; among equals, highest priority first.
pub(super) async fn offered(agent: &Agent, turn: &Arc<TurnContext>) -> Vec<RegisteredAction> {
    let mut offered = Vec::new();
    for action in turn.parts.actions.iter() {
        if may(turn, action).is_ok() && validate(agent, turn, action, None).await.is_ok() {
            offered.push(action.clone());
        }
    }
    let depends = |action: &RegisteredAction| !action.def.validate.is_empty() || !action.def.roles.is_empty();
    offered.sort_by_key(|action| (depends(action), std::cmp::Reverse(action.def.priority)));
    offered
}

/// Whether the character's grants and the sender's role allow an action; else why not.
pub(super) fn may(turn: &TurnContext, action: &RegisteredAction) -> Result<(), String> {
    if let Some(why) = &action.refusal {
        return Err(why.to_string());
    }
    if action.def.roles.is_empty() {
        return Ok(());
    }
    let role = turn.snapshot.world.as_ref().and_then(|world| world.roles.get(&turn.sender.id));
    let role = role.copied().unwrap_or(Role::Guest);
    // Who may more may this too: an owner may what an admin may.
    if action.def.roles.iter().filter_map(|name| Role::from_name(name)).any(|wanted| role >= wanted) {
        return Ok(());
    }
    Err(format!(
        "{} is for {}; {} is {}",
        action.def.name,
        action.def.roles.join(", "),
        turn.sender.name(),
        role.name()
    ))
}

/// Runs the validate stages; the first refusal wins and says why. Without arguments, a stage that needs them
/// cannot refuse.
pub(super) async fn validate(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    action: &RegisteredAction,
    arguments: Option<&Arc<Map<String, Value>>>,
) -> Result<(), String> {
    if action.def.validate.is_empty() {
        return Ok(());
    }
    let invocation = Invocation {
        turn: Some(Arc::clone(turn)),
        input: arguments.map_or(Input::None, |arguments| Input::Arguments(Arc::clone(arguments))),
        ..Invocation::of(agent.clone(), action.plugin)
    };
    for stage in action.def.validate {
        match guarded(VALIDATE_TIMEOUT, stage(&invocation)).await {
            Ok(Ok(verdict)) => verdict?,
            Ok(Err(ExtractError::Arguments(_))) if arguments.is_none() => {}
            Ok(Err(error)) => return Err(error.to_string()),
            Err(failure) => return Err(failure.to_string()),
        }
    }
    Ok(())
}
