//! An agent in memory, and a model that does what the message tells it to.

use galatea::{
    agent::{Address, Agent, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    memory::{Memory, RoomKind},
    model::{Purpose, Speaker, ToolCall},
    plan::Plan,
    prelude::*,
    registry::Registry,
    store::MemoryQuery,
    turn::RunRecord,
};
use galatea_bootstrap as _;
use serde_json::Value;
use std::sync::Mutex;

/// A model that does what the message says.
#[plugin("puppet")]
pub struct Puppet;

/// The answer to reflections. The tests that set it run one after another, by a lock of their own.
pub static REFLECTION: Mutex<Option<String>> = Mutex::new(None);

/// What reflection was asked the last time.
pub static ASKED: Mutex<Option<ModelRequest>> = Mutex::new(None);

/// Does what the message says: `do NAME {json}` calls an action, `show` tells the context, anything else is heard.
#[model(TextSmall, TextLarge, tools, plugin = Puppet)]
async fn puppet(request: Request) -> Result<ModelAnswer, ModelError> {
    match request.purpose {
        Purpose::ShouldRespond => return Ok(ModelAnswer::text("RESPOND")),
        Purpose::Reflect => {
            *ASKED.lock().unwrap() = Some((*request.0).clone());
            let answer = REFLECTION.lock().unwrap().clone();
            return Ok(ModelAnswer::text(
                answer.unwrap_or_else(|| r#"{"facts": [], "relationships": []}"#.to_owned()),
            ));
        }
        Purpose::Reply => {
            return Ok(ModelAnswer::text(format!("In words: {}", request.last_user_text())));
        }
        _ => {}
    }
    let results: Vec<&str> = request
        .lines
        .iter()
        .filter(|line| line.speaker == Speaker::Tool)
        .map(|line| line.text.as_str())
        .collect();
    if !results.is_empty() {
        return Ok(ModelAnswer::text(format!("[{}]", results.join("|"))));
    }
    let text = request.last_user_text();
    Ok(match text.split_once(' ').unwrap_or((text, "")) {
        ("do", steps) => {
            ModelAnswer { calls: steps.split(" then ").map(call).collect(), ..ModelAnswer::default() }
        }
        ("system", _) => ModelAnswer::text(request.system.clone()),
        ("show", _) => ModelAnswer::text(request.context.clone()),
        ("tools", _) => {
            let names: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
            ModelAnswer::text(names.join(" "))
        }
        _ => ModelAnswer::text(format!("heard: {text}")),
    })
}

fn call(step: &str) -> ToolCall {
    let (name, arguments) = step.split_once(' ').unwrap_or((step, "{}"));
    let arguments = serde_json::from_str::<Value>(arguments).unwrap();
    ToolCall { id: step.to_owned(), name: name.to_owned(), arguments: arguments.as_object().unwrap().clone() }
}

/// Tells the values of the state as JSON.
#[action(plugin = Puppet)]
async fn tell_values(state: State, reply: Reply) -> ActionResult {
    reply.text(Value::Object(state.values.clone()).to_string()).await.unwrap();
    ActionResult::default()
}

/// Opens a choice in the room.
#[action(plugin = OpenerPlugin)]
async fn open_choice(
    message: Message,
    choices: Service<galatea_bootstrap::Choices>,
    reply: Reply,
) -> ActionResult {
    use galatea_bootstrap::{Choice, ChoiceOption};
    let options = [ChoiceOption::new("Post it").described("in public"), ChoiceOption::new("Throw away")];
    let choice = Choice::new("What shall I do with the draft?", options);
    choices.open(message.room, &choice, None).await.unwrap();
    reply.text("Choose.").await.unwrap();
    ActionResult::default()
}

/// A plugin that asks people to choose.
#[plugin("opener", requires(galatea_bootstrap::Bootstrap))]
pub struct OpenerPlugin;

/// The options that were chosen.
pub static CHOSEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Notes what was chosen.
#[on(galatea_bootstrap::ChoiceMade, plugin = OpenerPlugin)]
async fn note_choice(event: Event<galatea_bootstrap::ChoiceMade>) {
    CHOSEN.lock().unwrap().push(event.option.clone());
}

pub const ADA: &str = "name = \"Ada\"\nbio = [\"Keeps the weather log.\"]\n[plugins.bootstrap]\n[plugins.puppet]\n[plugins.opener]\n";

pub async fn start(toml: &str) -> Agent {
    let registry = Registry::linked().unwrap();
    let (document, problems) = Document::parse(Source { path: "test.toml".to_owned(), text: toml.into() });
    assert!(problems.is_empty(), "{problems:?}");
    let plan = Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}"));
    Agent::start(plan, &registry, StartOptions::default()).await.unwrap()
}

pub async fn ada() -> Agent {
    start(ADA).await
}

/// A text in a room of a world where anybody may write.
pub fn group(room: &str, from: &str, text: &str) -> Incoming {
    let address = Address {
        source: "test".to_owned(),
        kind: RoomKind::Group,
        room: room.to_owned(),
        world: Some("town".to_owned()),
    };
    let mut content = Content::text(text);
    content.mention.mention = true;
    Incoming { id: None, address, from: from.to_owned(), founder: false, content }
}

/// A text of Sam in a direct chat.
pub fn direct(text: &str) -> Incoming {
    Incoming { founder: true, ..Incoming::direct("test", "sam-and-ada", "Sam", text) }
}

pub async fn turn(agent: &Agent, incoming: Incoming) -> (Vec<String>, RunRecord) {
    let (replies, record) = agent.send(incoming).await.unwrap().finish().await;
    let said = replies.iter().map(|reply| reply.content.text.clone()).collect();
    (said, record.unwrap().as_ref().clone())
}

/// All that was said in a turn, as one text.
pub async fn said(agent: &Agent, incoming: Incoming) -> String {
    turn(agent, incoming).await.0.join("\n")
}

/// The values of the state in a turn; `providers` are asked for by name.
pub async fn values(agent: &Agent, mut incoming: Incoming, providers: &[&str]) -> Value {
    incoming.content.text = "do TELL_VALUES".to_owned();
    incoming.content.providers = providers.iter().map(|&name| name.to_owned()).collect();
    serde_json::from_str(&said(agent, incoming).await).unwrap()
}

pub async fn facts(agent: &Agent) -> Vec<Memory> {
    let query = MemoryQuery { kind: Some(MemoryKind::Fact), ..MemoryQuery::default() };
    agent.store().memories(&query).await.unwrap()
}

pub fn action(name: &str, arguments: Value) -> String {
    format!("do {name} {arguments}")
}

/// A golden file of elizaOS 1.7.2.
pub fn golden(file: &str) -> Value {
    let path = format!("{}/../../tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
