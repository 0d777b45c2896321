//! The brain: looks at why it is asked and answers by the part that fits.

use crate::{
    acknowledge,
    best_effort::best_effort,
    choice,
    eliza::{self, Talk},
    examples, followup,
    heard::Heard,
    identity, knowledge, language, limits, manners,
    mood::wants_quiet,
    persona::Persona,
    questions, recall, reflect, selfhood, should_respond, social, spelling,
    words::tokens,
};
use galatea::model::{Format, Line, ModelAnswer, ModelRequest, Purpose, Speaker, ToolCall, Usage};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The name by which answers say what made them.
pub const MODEL: &str = "offline";

/// A text model of rules and retrieval: the same request and seed give the same answer, byte for byte.
#[derive(Clone, Debug)]
pub struct Brain {
    persona: Persona,
    seed: u64,
}

impl Brain {
    /// A brain that speaks for a character. The seed decides which of several fitting wordings comes first.
    #[must_use]
    pub fn new(persona: Persona, seed: u64) -> Self {
        Self { persona, seed }
    }

    /// Answers a request. Never fails: where nothing fits, it says so or asks on.
    #[must_use]
    pub fn answer(&self, request: &ModelRequest) -> ModelAnswer {
        let (text, calls) = match (&request.purpose, &request.format) {
            (Purpose::ShouldRespond, Format::Text) => {
                (should_respond::decide(request, &self.persona.name).to_owned(), Vec::new())
            }
            (Purpose::Reflect, _) => (reflect::reflect(request, &self.persona.bio).to_string(), Vec::new()),
            (_, Format::Json(schema)) => (self.object(request, schema).to_string(), Vec::new()),
            (Purpose::Decide, Format::Text) => self.decide(request),
            (Purpose::Reply | Purpose::Embed | Purpose::Other(_), Format::Text) => {
                (self.converse(request), Vec::new())
            }
        };
        let text = shortened(text, request);
        let usage = Usage::new(prompt_size(request), count(&text));
        ModelAnswer { text, calls, usage, model: MODEL.to_owned(), ..ModelAnswer::default() }
    }

    fn decide(&self, request: &ModelRequest) -> (String, Vec<ToolCall>) {
        if !followup::results(&request.lines).is_empty() {
            return (self.converse(request), Vec::new());
        }
        if self.knows(request) {
            return (self.converse(request), Vec::new());
        }
        let choice = choice::choose(request, &self.persona.name);
        if !choice.calls.is_empty() || !choice.questions.is_empty() {
            let text = choice.questions.join(" ");
            return (text, choice::calls(choice, request));
        }
        let ignores = request.tools.iter().any(|tool| tool.name == "IGNORE");
        if ignores && wants_quiet(&tokens(request.last_user_text())) {
            let call =
                choice::Choice { calls: vec![("IGNORE".to_owned(), Map::new())], questions: Vec::new() };
            return (String::new(), choice::calls(call, request));
        }
        (self.converse(request), Vec::new())
    }

    /// The character's own words answer the last line so well that no action is needed.
    fn knows(&self, request: &ModelRequest) -> bool {
        let text = request.last_user_text().trim();
        knowledge::answers_well(&self.persona, text) || examples::shows(&self.persona, text)
    }

    /// What it says, without acting.
    fn converse(&self, request: &ModelRequest) -> String {
        let results = followup::results(&request.lines);
        if !results.is_empty() {
            let mut told = vec![followup::tell(results)];
            told.extend(knowledge::beside(&self.persona, request.last_user_text()));
            return told.join("\n\n");
        }
        manners::kept(self.talk_of(request), &self.persona.style)
    }

    /// What fits the last line: what the character is, what it knows, what was said before, and failing all
    /// that, talk.
    fn talk_of(&self, request: &ModelRequest) -> String {
        let Some(last) = request.lines.iter().rev().find(|line| line.speaker == Speaker::User) else {
            return identity::nature(&self.persona);
        };
        let text = last.text.trim();
        let turn = self.turn(request);
        let said: Vec<&str> = request
            .lines
            .iter()
            .filter(|line| line.speaker == Speaker::Assistant)
            .map(|line| line.text.as_str())
            .collect();
        identity::honest(&self.persona, text)
            .or_else(|| examples::answer(&self.persona, text, &last.name))
            .or_else(|| language::answer(&self.persona, text, &last.name, &said))
            .or_else(|| limits::answer(&self.persona, text, &request.context))
            .or_else(|| selfhood::answer(&self.persona, text))
            .or_else(|| identity::answer(&self.persona, text, &request.tools))
            .or_else(|| social::answer(&self.persona, text, &last.name, turn))
            .or_else(|| self.quiet(text))
            .or_else(|| reasonless(text, &said))
            .or_else(|| identity::explain_tool(text, &request.tools, &self.persona.name))
            .or_else(|| recall::answer(request, &self.persona.name))
            .or_else(|| knowledge::answer(&self.persona, request, text))
            .or_else(|| self.corrected(request, text))
            .or_else(|| limits::order(&self.persona, text))
            .or_else(|| questions::asks_fact(text, &self.persona.name).then(|| knowledge::unknown(turn)))
            .or_else(|| acknowledge::answer(text, &last.name))
            .unwrap_or_else(|| self.talk(request, last, turn))
    }

    /// The answer to the question without its slips of the pen.
    fn corrected(&self, request: &ModelRequest, text: &str) -> Option<String> {
        let known = self.persona.knowledge.iter().chain(&self.persona.bio);
        let meant = spelling::corrected(text, &spelling::vocabulary(known.map(String::as_str)))?;
        knowledge::answer(&self.persona, request, &meant)
    }

    fn quiet(&self, text: &str) -> Option<String> {
        wants_quiet(&tokens(text)).then(|| "All right, I will be quiet.".to_owned())
    }

    fn talk(&self, request: &ModelRequest, last: &Line, turn: u64) -> String {
        let by = |speaker: Speaker| request.lines.iter().filter(move |line| line.speaker == speaker);
        let said: Vec<&str> = by(Speaker::Assistant).map(|line| line.text.as_str()).collect();
        let mut earlier: Vec<&str> =
            by(Speaker::User).filter(|line| line.name == last.name).map(|line| line.text.as_str()).collect();
        earlier.pop();
        eliza::answer(&last.text, &Talk { persona: &self.persona, turn, said: &said, earlier: &earlier })
    }

    /// The seed and the number of answers so far.
    fn turn(&self, request: &ModelRequest) -> u64 {
        let answers = request.lines.iter().filter(|line| line.speaker == Speaker::Assistant).count();
        let seed = request.parameters.seed.unwrap_or(self.seed) % 1_000_003;
        seed + u64::try_from(answers).unwrap_or(0)
    }

    /// JSON that fits a schema, filled from the last thing somebody said.
    fn object(&self, request: &ModelRequest, schema: &Value) -> Value {
        let last = request.lines.iter().rev().find(|line| line.speaker == Speaker::User);
        let (text, name) = last.map_or(("", ""), |line| (line.text.as_str(), line.name.as_str()));
        let mut heard = Heard::new(text, name, &self.persona.name, BTreeSet::new());
        let mut value = best_effort(schema, &mut heard);
        if request.purpose == Purpose::ShouldRespond {
            decision(&mut value, schema, should_respond::decide(request, &self.persona.name));
        }
        value
    }
}

/// `Why?` after something was told.
fn reasonless(text: &str, said: &[&str]) -> Option<String> {
    let words = tokens(text);
    let asked = words.first().is_some_and(|token| token.lower == "why") && words.len() <= 3;
    let told = said.last().is_some_and(|line| !line.trim_end().ends_with('?'));
    (asked && told).then(|| "No reason was given to me; I know that it is so, not why.".to_owned())
}

/// Puts the decision whether to respond where the schema offers it.
fn decision(value: &mut Value, schema: &Value, word: &str) {
    for field in crate::schema::fields(schema) {
        let option = field
            .options
            .iter()
            .find(|option| option.as_str().is_some_and(|name| name.eq_ignore_ascii_case(word)));
        if let (Some(option), Some(object)) = (option, value.as_object_mut()) {
            object.insert(field.name.clone(), option.clone());
        }
    }
}

/// Keeps to the limits that the request sets: the longest answer and the texts that end it.
fn shortened(text: String, request: &ModelRequest) -> String {
    if request.format != Format::Text || request.purpose == Purpose::Reflect {
        return text;
    }
    let stops = request.parameters.stop.as_deref().unwrap_or_default();
    let end = stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min();
    let text = end.map_or(text.as_str(), |end| text.get(..end).unwrap_or_default());
    let limit =
        request.parameters.max_tokens.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    text.split_inclusive(char::is_whitespace).take(limit).collect::<String>().trim_end().to_owned()
}

fn prompt_size(request: &ModelRequest) -> u64 {
    count(&request.system)
        + count(&request.context)
        + request.lines.iter().map(|line| count(&line.text)).sum::<u64>()
}

fn count(text: &str) -> u64 {
    u64::try_from(text.split_whitespace().count()).unwrap_or(u64::MAX)
}
