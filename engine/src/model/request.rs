//! What a model is asked.

use super::Wanted;
use crate::service::kind::Media;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Why the engine calls a model; handlers may treat purposes differently, records show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Shall the agent respond to this message? Answer with one word: RESPOND, IGNORE or STOP.
    ShouldRespond,
    /// Choose the reply and the actions of this turn.
    Decide,
    /// Put a reply into words.
    Reply,
    /// Look back at a turn: facts and relationships, as JSON.
    Reflect,
    /// Make vectors of texts: one for each line, in their order; see [`ModelRequest::embedding`].
    Embed,
    /// Something of a plugin's own.
    Other(String),
}

/// Who says a line of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaker {
    /// Somebody else in the room.
    User,
    /// The agent.
    Assistant,
    /// The result of an action that the agent chose in this turn.
    Tool,
}

/// One line of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    /// Who says it.
    pub speaker: Speaker,
    /// The speaker's name, or the action's.
    pub name: String,
    /// What is said; for [`Speaker::Tool`] the result's text.
    pub text: String,
    /// The calls that the assistant made with this line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// For [`Speaker::Tool`]: the id of the call this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// For [`Speaker::Tool`]: whether the action succeeded.
    #[serde(default = "yes")]
    pub success: bool,
    /// What comes with it: pictures, sound, documents, each with its media type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Media>,
}

fn yes() -> bool {
    true
}

impl Line {
    /// A line without calls.
    #[must_use]
    pub fn new(speaker: Speaker, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            speaker,
            name: name.into(),
            text: text.into(),
            calls: Vec::new(),
            call_id: None,
            success: true,
            media: Vec::new(),
        }
    }

    /// A line of the user with something to look at or to listen to.
    #[must_use]
    pub fn with_media(text: impl Into<String>, media: impl IntoIterator<Item = Media>) -> Self {
        Self { media: media.into_iter().collect(), ..Self::new(Speaker::User, "user", text) }
    }
}

/// An action as a model sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tool {
    /// The action's name.
    pub name: String,
    /// The action's description.
    pub description: String,
    /// JSON Schema of the arguments; the root is an object.
    pub parameters: Value,
    /// Other names of the action.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub similes: Vec<String>,
    /// What users say when they want it, and what the agent then says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<(String, String)>,
}

/// One use of a tool that a model asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ToolCall {
    /// Identifies the call within a turn.
    pub id: String,
    /// The name of the tool, as the model wrote it.
    pub name: String,
    /// The arguments.
    pub arguments: Map<String, Value>,
}

/// The shape wanted of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Text, and tool calls where tools are given.
    Text,
    /// JSON that fits this schema.
    Json(Value),
}

/// How long a model thinks before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Not at all, or as little as the model can.
    Minimal,
    /// Briefly.
    Low,
    /// As models do by themselves.
    Medium,
    /// At length.
    High,
}

/// How the answer is made. A parameter that is `None` is left to the model; `0` and `0.0` are values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Parameters {
    /// Randomness, 0.0 to 2.0.
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0.0 to 1.0.
    pub top_p: Option<f64>,
    /// Only the so many likeliest tokens.
    pub top_k: Option<u32>,
    /// How much a token loses with each time that it was said, -2.0 to 2.0.
    pub frequency_penalty: Option<f64>,
    /// How much a token loses that was said at all, -2.0 to 2.0.
    pub presence_penalty: Option<f64>,
    /// Longest answer, in tokens.
    pub max_tokens: Option<u32>,
    /// How long it thinks before it answers, where the model can be told.
    pub effort: Option<Effort>,
    /// Same seed, same answer, where the model can.
    pub seed: Option<u64>,
    /// Texts that end the answer.
    pub stop: Option<Vec<String>>,
}

/// A request to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelRequest {
    /// Why it is asked.
    pub purpose: Purpose,
    /// Who the agent is and how it behaves: the part of the prompt that stays the same from turn to turn.
    pub system: String,
    /// What the providers said this turn.
    pub context: String,
    /// The conversation, oldest first; the last line is the one to answer.
    pub lines: Vec<Line>,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// The shape wanted.
    pub format: Format,
    /// How it is made.
    pub parameters: Parameters,
    /// What is wanted of pictures, sound and vectors.
    #[serde(default, skip_serializing_if = "Wanted::is_nothing")]
    pub wanted: Wanted,
    /// The tokens that `tokenizer-decode` turns into text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<u32>,
}

impl ModelRequest {
    /// A request with nothing but its purpose and one user line.
    #[must_use]
    pub fn new(purpose: Purpose, text: impl Into<String>) -> Self {
        Self {
            purpose,
            system: String::new(),
            context: String::new(),
            lines: vec![Line::new(Speaker::User, "user", text)],
            tools: Vec::new(),
            format: Format::Text,
            parameters: Parameters::default(),
            wanted: Wanted::default(),
            tokens: Vec::new(),
        }
    }

    /// A request for JSON that fits a schema, to `object-small` or `object-large`. The answer's text is that JSON; see
    /// [`ModelAnswer::json`](super::ModelAnswer::json).
    #[must_use]
    pub fn object(purpose: Purpose, schema: Value, text: impl Into<String>) -> Self {
        Self { format: Format::Json(schema), ..Self::new(purpose, text) }
    }

    /// A request about something to look at or to listen to: to `image-description`, `transcription`, or to a text model
    /// that takes such things.
    #[must_use]
    pub fn about(purpose: Purpose, text: impl Into<String>, media: impl IntoIterator<Item = Media>) -> Self {
        Self { lines: vec![Line::with_media(text, media)], ..Self::new(purpose, "") }
    }

    /// A request for the text of tokens, to `tokenizer-decode`.
    #[must_use]
    pub fn of_tokens(purpose: Purpose, tokens: impl Into<Vec<u32>>) -> Self {
        Self { lines: Vec::new(), tokens: tokens.into(), ..Self::new(purpose, "") }
    }

    /// The same with other wishes.
    #[must_use]
    pub fn wanting(self, wanted: Wanted) -> Self {
        Self { wanted, ..self }
    }

    /// A request for the vectors of texts, to `text-embedding`. The answer holds one for each, in
    /// [`ModelAnswer::vectors`](super::ModelAnswer::vectors).
    #[must_use]
    pub fn embedding(texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let lines = texts.into_iter().map(|text| Line::new(Speaker::User, "user", text));
        Self { lines: lines.collect(), ..Self::new(Purpose::Embed, "") }
    }

    /// The texts of its lines, in their order: of which an embedding model makes vectors.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    /// What comes with its lines, in their order.
    pub fn media(&self) -> impl Iterator<Item = &Media> {
        self.lines.iter().flat_map(|line| &line.media)
    }

    /// The schema that the answer must fit; `None` where text is wanted.
    #[must_use]
    pub fn schema(&self) -> Option<&Value> {
        match &self.format {
            Format::Text => None,
            Format::Json(schema) => Some(schema),
        }
    }

    /// The last thing that somebody else than the agent said; empty if nobody did.
    #[must_use]
    pub fn last_user_text(&self) -> &str {
        self.lines.iter().rev().find(|line| line.speaker == Speaker::User).map_or("", |line| &line.text)
    }
}

impl ToolCall {
    /// The only argument of a call whose arguments were no object, as text models sometimes write them: what
    /// they wrote. The engine refuses such a call and tells the model.
    pub(crate) const NOT_AN_OBJECT: &str = "";
}
