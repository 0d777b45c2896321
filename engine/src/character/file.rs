//! The character file as data.

use crate::{
    budget::Budget,
    memory::RoomKind,
    model::{ModelKind, Parameters},
    text::answer::Form,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A character, as its file says. Every key is optional but `name`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Character {
    /// The name by which the agent introduces itself.
    pub name: String,
    /// Its account name on platforms; the name in lower case if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// A UUID that stays the same when the name changes; made from the name if not given.
    #[schemars(with = "Option<String>", extend("format" = "uuid"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<uuid::Uuid>,
    /// Instructions that stand before everything else in a prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Who the agent is: a text or several lines.
    #[serde(default, skip_serializing_if = "Lines::is_empty")]
    pub bio: Lines,
    /// What it likes to talk about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// What it is like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjectives: Vec<String>,
    /// How it writes.
    #[serde(default)]
    pub style: Style,
    /// Conversations that show how it talks; each a list of lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_examples: Vec<Vec<MessageExample>>,
    /// Posts that show how it writes in public.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post_examples: Vec<String>,
    /// What it knows: texts, files and folders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knowledge: Vec<Knowledge>,
    /// Prompt templates of its own, by name: `message-handler`, `should-respond`, `reply`, `reflection`; `failure` for when
    /// there is nothing else to say, with `{{problem}}` …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<String, String>,
    /// Free settings that plugins and templates may read.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
    /// Secrets by name; every value is a reference, never the secret itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, super::Reference>,
    /// The plugins it uses: a table each, whose keys are that plugin's config. An empty table takes the defaults.
    #[serde(default)]
    pub plugins: BTreeMap<String, Map<String, Value>>,
    /// What each plugin may touch; nothing that is not named here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub grants: BTreeMap<String, Grants>,
    /// Layers around the parts of all plugins, outermost first: names, or tables of a name with settings. Those of a
    /// plugin's table and of its code are within these.
    #[schemars(with = "Vec<Value>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub middleware: Vec<super::Listed>,
    /// Which plugin serves a model kind, and how answers are made.
    #[serde(default)]
    pub models: Models,
    /// When it responds.
    #[serde(default)]
    pub respond: Respond,
    /// Limits of a turn.
    #[serde(default)]
    pub limits: Limits,
    /// What may be spent on models.
    #[serde(default, skip_serializing_if = "Budget::is_empty")]
    pub budget: Budget,
    /// What an imported file said that has no place here; kept, not used.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub imported: Map<String, Value>,
}

/// One text or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Lines {
    /// One text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Lines {
    /// The texts, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(line) => std::slice::from_ref(line),
            Self::Many(lines) => lines,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }
}

/// How a character writes: one instruction a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Style {
    /// Everywhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// In conversations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chat: Vec<String>,
    /// In posts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post: Vec<String>,
}

/// One line of an example conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct MessageExample {
    /// Who says it; `{{user1}}` stands for anybody.
    pub name: String,
    /// What is said.
    #[serde(default)]
    pub text: String,
    /// The actions chosen with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// Anything else.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Something a character knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Knowledge {
    /// The text itself.
    Text(String),
    /// A file.
    File(KnowledgeFile),
    /// A folder.
    Folder(KnowledgeFolder),
}

/// A file of knowledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KnowledgeFile {
    /// The file, relative to the character file.
    pub path: String,
    /// Shared with the other agents of the process.
    #[serde(default)]
    pub shared: bool,
}

/// A folder of knowledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct KnowledgeFolder {
    /// The folder, relative to the character file.
    pub directory: String,
    /// Shared with the other agents of the process.
    #[serde(default)]
    pub shared: bool,
}

/// What a character lets a plugin touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Grants {
    /// Hosts it may call: `api.example.com`, `*.example.com`, `*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub network: Vec<String>,
    /// Paths it may read and write; a folder covers what is below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filesystem: Vec<String>,
    /// Programs it may start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub process: Vec<String>,
    /// Environment variables it may read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
}

impl Grants {
    /// The scopes granted for a kind of permission.
    #[must_use]
    pub fn scopes(&self, kind: crate::definition::PermissionKind) -> &[String] {
        use crate::definition::PermissionKind as Kind;
        match kind {
            Kind::Network => &self.network,
            Kind::Filesystem => &self.filesystem,
            Kind::Process => &self.process,
            Kind::Environment => &self.environment,
        }
    }

    /// Whether a scope of a kind is granted.
    #[must_use]
    pub fn allow(&self, kind: crate::definition::PermissionKind, scope: &str) -> bool {
        self.scopes(kind).iter().any(|granted| kind.covers(granted, scope))
    }
}

/// Which plugin serves a model kind, and how answers are made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Models {
    /// Model kind (`text-large` …) to the name of the plugin that shall serve it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub provider: BTreeMap<String, String>,
    /// How answers are made unless a kind says otherwise.
    pub parameters: Parameters,
    /// How answers of one model kind are made; goes before `parameters`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by_kind: BTreeMap<String, Parameters>,
    /// In which form models are asked for actions: `native` calls, `text` (tags that the prompt describes) or `schema`
    /// (JSON that fits a schema, for small models that call tools badly). Default: native where the model takes calls,
    /// else text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Form>,
    /// How many tokens a question to the conversation's model may have. Of longer ones the oldest messages are left out;
    /// the run's record says what. Counted by the model kind `tokenizer-encode` where a plugin serves it, else guessed,
    /// rather too high. Default: as many as the history has.
    #[schemars(range(min = 256))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    /// How many calls of a plugin's models run at the same time; the others wait. Default: 32.
    #[schemars(inner(range(min = 1)))]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub concurrency: BTreeMap<String, u32>,
}

impl Models {
    /// The plugin that the character picks for a kind.
    #[must_use]
    pub fn provider_of(&self, kind: &ModelKind) -> Option<&str> {
        self.provider.get(kind.name()).map(String::as_str)
    }
}

/// When an agent responds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Respond {
    /// Kinds of room where it always responds, besides dm, voice-dm, self and api.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub always_in: Vec<RoomKind>,
    /// Sources to which it always responds, besides `client_chat`; part of the source's name, in any case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub always_to: Vec<String>,
    /// Responds only where it is named or told to follow the room.
    pub only_followed: bool,
    /// A newer message of the same sender in a room replaces the older one whose turn has neither acted nor
    /// spoken yet: both are answered at once. Default no.
    pub supersede: bool,
}

/// Limits of a turn. Durations are texts like `90s`, `2m`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// The longest a turn may take. Default 2m.
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    #[serde(with = "crate::text::duration")]
    pub turn_timeout: std::time::Duration,
    /// The longest one model may take to answer, after which the next one is asked. Default 60s.
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    #[serde(with = "crate::text::duration")]
    pub model_timeout: std::time::Duration,
    /// The longest silence in the middle of a model's answer, after which the next one is asked. Default 30s.
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    #[serde(with = "crate::text::duration")]
    pub model_idle: std::time::Duration,
    /// How often a model that is unavailable is asked again before the next one is. Default 1.
    #[schemars(range(min = 0, max = 10))]
    pub model_retries: u32,
    /// How many times a turn may decide and act. Default 6.
    #[schemars(range(min = 1, max = 100))]
    pub steps: u32,
    /// How many messages of the room a model sees. Default 32.
    #[schemars(range(min = 1, max = 1000))]
    pub history: u32,
    /// How many action results the working memory keeps. Default 50.
    #[schemars(range(min = 1, max = 1000))]
    pub working_memory: u32,
    /// How often a message is tried whose turn brings the process down, or cannot be run, before it is set aside.
    /// Default 3.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: u32,
    /// Whether what models were asked in the last turns is kept, in memory only, for who looks at a turn: 100 runs and 8 MiB
    /// at most. Default true.
    pub keep_prompts: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turn_timeout: std::time::Duration::from_secs(120),
            model_timeout: std::time::Duration::from_secs(60),
            model_idle: std::time::Duration::from_secs(30),
            model_retries: 1,
            steps: 6,
            history: 32,
            working_memory: 50,
            attempts: 3,
            keep_prompts: true,
        }
    }
}
