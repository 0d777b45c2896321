//! An agent out of a few lines of TOML, and a model that says what the message tells it to.

use galatea::{
    agent::{Agent, Incoming, StartError, StartOptions},
    character::Document,
    diagnostic::Source,
    model::{Purpose, Speaker, ToolCall},
    plan::Plan,
    prelude::*,
    registry::Registry,
    turn::RunRecord,
};
use serde_json::{Map, Value};

/// A model that does what the message says: `say TEXT`, `do A,B`, `raw TEXT`, `frame A`, `fail`. Results of actions it repeats.
#[plugin("puppet")]
pub struct Puppet;

/// Does what the message says.
#[model(TextSmall, TextLarge, tools, plugin = Puppet)]
async fn puppet(request: Request, chunks: Chunks) -> Result<ModelAnswer, ModelError> {
    let text = request.last_user_text();
    if request.purpose == Purpose::ShouldRespond {
        return Ok(ModelAnswer::text(text.split_whitespace().last().unwrap_or_default()));
    }
    let results: Vec<&str> =
        request.lines.iter().filter(|l| l.speaker == Speaker::Tool).map(|l| l.text.as_str()).collect();
    if !results.is_empty() {
        return Ok(ModelAnswer::text(format!("[{}]", results.join("|"))));
    }
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    Ok(match verb {
        "say" => {
            for word in rest.split_inclusive(' ') {
                chunks.send(word).await;
            }
            ModelAnswer::text(rest)
        }
        "do" => {
            let (names, said) = rest.split_once(" saying ").unwrap_or((rest, ""));
            let calls = names.split(',').enumerate().map(|(i, call)| {
                let (name, argument) = call.split_once('=').unwrap_or((call, ""));
                let mut arguments = Map::new();
                if !argument.is_empty() {
                    arguments.insert("value".to_owned(), Value::from(argument));
                }
                ToolCall { id: i.to_string(), name: name.trim().to_owned(), arguments }
            });
            ModelAnswer { calls: calls.collect(), ..ModelAnswer::text(said) }
        }
        "raw" => ModelAnswer::text(rest),
        "frame" => ModelAnswer::text(format!("<response><actions>{rest}</actions><text></text></response>")),
        "tools" => {
            let names: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
            ModelAnswer::text(names.join(","))
        }
        "fail" => return Err(ModelError::Unavailable("llm down".to_owned())),
        "hang" => {
            std::future::pending::<()>().await;
            ModelAnswer::default()
        }
        _ => ModelAnswer::text(format!("heard: {text}")),
    })
}

pub fn plan(toml: &str) -> Plan {
    let registry = Registry::linked().expect("a registry");
    let (document, problems) = Document::parse(Source { path: "test.toml".to_owned(), text: toml.into() });
    assert!(problems.is_empty(), "{problems:?}");
    Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}"))
}

pub async fn try_start(toml: &str) -> Result<Agent, StartError> {
    let registry = Registry::linked().expect("a registry");
    Agent::start(plan(toml), &registry, StartOptions::default()).await
}

pub async fn start(toml: &str) -> Agent {
    try_start(toml).await.expect("an agent")
}

/// What the agent says to a text in a direct chat, reply by reply, and the record.
pub async fn ask(agent: &Agent, text: &str) -> (Vec<String>, RunRecord) {
    let incoming = Incoming { founder: true, ..Incoming::direct("test", "room", "sam", text) };
    turn(agent, incoming).await
}

pub async fn turn(agent: &Agent, incoming: Incoming) -> (Vec<String>, RunRecord) {
    let (replies, record) = agent.send(incoming).await.expect("accepted").finish().await;
    let said = replies.iter().map(|reply| reply.content.text.clone()).collect();
    (said, record.expect("a record").as_ref().clone())
}

/// A golden file of elizaOS 1.7.2.
pub fn golden(file: &str) -> Value {
    let path = format!("{}/../tests/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a golden file")).expect("JSON")
}

/// Waits until something is so, for at most a few seconds.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

/// A message that nobody sent, in a room of its own by name.
pub fn message(agent: &Agent, room: &str, from: &str, text: &str) -> Memory {
    Memory {
        id: agent.entity_id(room, text),
        kind: MemoryKind::Message,
        agent: agent.id(),
        entity: agent.entity_id("test", from),
        room: agent.place_id("test", room),
        world: None,
        at: agent.clock().now(),
        sequence: 0,
        content: Content::text(text),
        metadata: Value::Null,
    }
}
