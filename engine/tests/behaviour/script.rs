//! A model that follows a script, with actions and providers for it to name.

use galatea::{
    event::{ActionStarted, RunEnded},
    model::Purpose,
    prelude::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Mutex};

/// A model that says what the message tells it to: the first answer, the second …
#[plugin("scripted")]
pub struct Scripted;

#[derive(Default, Serialize, Deserialize)]
pub struct Script {
    /// Answers of the small model.
    pub small: Vec<String>,
    /// Answers of the large one.
    pub large: Vec<String>,
    /// What the agent may be called, where the message names it.
    pub named: String,
}

impl Script {
    /// The message that has the model follow the script. Its answers do not stand in it letter by letter: an answer that
    /// repeats what somebody wrote is an echo.
    pub fn message(&self) -> String {
        serde_json::to_string(self).unwrap().replace('<', "\\u003c")
    }
}

/// How often each script was asked, and which context the large model saw.
pub static ASKED: Mutex<BTreeMap<String, (usize, Vec<String>)>> = Mutex::new(BTreeMap::new());

/// Answers as the script says, in pieces. It takes no tools, so the engine asks for elizaOS's form.
#[model(TextSmall, TextLarge, plugin = Scripted)]
async fn answer(request: Request, chunks: Chunks) -> Result<ModelAnswer, ModelError> {
    let texts = request.lines.iter().rev().map(|line| line.text.as_str());
    let text = texts.clone().find(|text| text.starts_with('{')).unwrap_or_default();
    let script: Script = serde_json::from_str(text).unwrap_or_default();
    if request.purpose == Purpose::ShouldRespond {
        return Ok(ModelAnswer::text(script.small.first().cloned().unwrap_or_default()));
    }
    let number = {
        let mut asked = ASKED.lock().unwrap();
        let (count, contexts) = asked.entry(text.to_owned()).or_default();
        contexts.push(request.context.clone());
        *count += 1;
        *count - 1
    };
    let answer = script.large.get(number).cloned();
    let answer = answer.ok_or_else(|| ModelError::Rejected("the script has no more answers".to_owned()))?;
    let letters: Vec<char> = answer.chars().collect();
    for piece in letters.chunks(7) {
        chunks.send(piece.iter().collect::<String>()).await;
    }
    Ok(ModelAnswer::text(answer))
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// What to do it with.
    #[serde(default)]
    q: String,
}

/// Does it.
#[action(plugin = Scripted)]
async fn do_it(Args(query): Args<Query>) -> String {
    format!("did {}", query.q)
}

/// Runs only when asked for.
#[provider(plugin = Scripted, dynamic)]
async fn data() -> String {
    "the data".to_owned()
}

/// Runs only when asked for, and fails.
#[provider(plugin = Scripted, dynamic)]
async fn bad() -> Result<String, String> {
    Err("no data".to_owned())
}

/// Listens; for one test only, since what it hears is shared.
#[plugin("script-ears")]
pub struct ScriptEars;

pub static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[on(ActionStarted, plugin = ScriptEars)]
async fn hears_actions(event: Event<ActionStarted>) {
    EVENTS.lock().unwrap().push(event.action.clone());
}

#[on(RunEnded, plugin = ScriptEars)]
async fn hears_ends(event: Event<RunEnded>) {
    EVENTS.lock().unwrap().push(event.status.clone());
}

/// Does it, if somebody allows it.
#[action(plugin = Scripted, approval)]
async fn ask_first() -> &'static str {
    "asked"
}

/// The answer of a model in elizaOS's form.
pub fn xml(actions: &str, more: &str) -> String {
    format!("<response><thought>th</thought><actions>{actions}</actions>{more}</response>")
}

pub fn text(text: &str) -> String {
    format!("<text>{text}</text>")
}
