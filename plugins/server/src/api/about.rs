//! What the agent is, and what it runs with.

use super::configs::masked_character;
use galatea::{
    agent::Standing,
    character::character_schema,
    model::{ModelKind, candidates},
    prelude::*,
    route::Json,
    service::ServiceState,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An agent as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AgentView {
    id: Uuid,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// What it says of itself.
    bio: Vec<String>,
    status: AgentStatus,
    /// Why it is degraded, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    /// Since when it runs.
    #[schemars(with = "String", extend("format" = "date-time"))]
    since: Timestamp,
    /// How many plugins run.
    plugins: usize,
    /// Where it keeps what it remembers.
    store: String,
    /// Which model holds its conversations; absent where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Answers>,
    /// Where its console is, below this server; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    url_of_console: Option<String>,
}

/// How an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AgentStatus {
    /// Everything works.
    Ready,
    /// It runs, and something of it does not work.
    Degraded,
    /// It is ending.
    Stopping,
}

/// Which plugin answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Answers {
    plugin: &'static str,
    /// Why this one.
    why: String,
}

/// What an agent is.
#[route(GET, "/", roles("member"), scope = "read")]
pub(crate) async fn show_agent(agent: Agent) -> Json<AgentView> {
    Json(view(&agent))
}

/// An agent as it is shown.
pub(crate) fn view(agent: &Agent) -> AgentView {
    let agent = agent.live();
    let character = agent.character();
    let running: Vec<_> =
        agent.plugins().list().into_iter().filter(|plugin| plugin.standing == Standing::Running).collect();
    let problems = problems(&agent);
    let has_console = running.iter().any(|plugin| plugin.plugin == "console");
    AgentView {
        id: agent.id(),
        name: character.name.clone(),
        username: character.username.clone(),
        bio: character.bio.as_slice().to_vec(),
        status: match problems.as_slice() {
            _ if agent.is_stopping() => AgentStatus::Stopping,
            [] => AgentStatus::Ready,
            _ => AgentStatus::Degraded,
        },
        problems,
        since: agent.analytics().since,
        plugins: running.len(),
        store: agent.store().description(),
        answers: answers(&agent),
        url_of_console: has_console.then(|| "/console/".to_owned()),
    }
}

/// The model that is asked first.
fn answers(agent: &Agent) -> Option<Answers> {
    let (parts, character) = (agent.parts(), agent.character());
    let picked = character.models.provider_of(&ModelKind::TextLarge);
    let first = candidates(&parts.models, &ModelKind::TextLarge, picked).ok()?.into_iter().next()?;
    let why = match picked {
        Some(_) => "the character picks it".to_owned(),
        None => format!("it has the highest priority, {}", first.priority),
    };
    Some(Answers { plugin: first.plugin.name, why })
}

/// What of an agent does not work.
fn problems(agent: &Agent) -> Vec<String> {
    let down = agent.services().into_iter().filter(|service| {
        matches!(service.state, ServiceState::Down { .. } | ServiceState::Restarting { .. })
    });
    let mut problems: Vec<String> = down.map(|service| service.to_string()).collect();
    if answers(agent).is_none() {
        problems.push("no plugin serves the model kind `text-large`, so it cannot answer".to_owned());
    }
    problems
}

/// What the character file says: secrets are told to be such, and where they are.
#[route(GET, "/character", roles("admin"), scope = "read")]
pub(crate) async fn show_character(agent: Agent) -> Json<Map<String, Value>> {
    Json(masked_character(&agent))
}

/// Which plugins run, in which order and why; as `galatea plan --json` tells it, secrets as in the character.
#[route(GET, "/plan", roles("admin"), scope = "read")]
pub(crate) async fn show_plan(agent: Agent) -> Json<Map<String, Value>> {
    let mut plan = agent.plan().to_json();
    let plugins = plan.get_mut("plugins").and_then(Value::as_array_mut);
    for plugin in plugins.into_iter().flatten() {
        let def = plugin.get("name").and_then(Value::as_str).and_then(|name| agent.registry().get(name));
        if let (Some(def), Some(config)) = (def.map(|plugin| plugin.def), plugin.get_mut("config")) {
            *config = super::configs::masked(def, config);
        }
    }
    Json(object(plan))
}

/// The JSON Schema of character files, with the plugins of this build.
#[route(GET, "/schema", roles("member"), scope = "read")]
pub(crate) async fn show_schema(agent: Agent) -> Json<Map<String, Value>> {
    Json(object(character_schema(agent.registry())))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// The plugins and what they need of each other, to be drawn.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PluginGraph")]
pub(crate) struct Graph {
    /// The plugins of the plan, in load order.
    nodes: Vec<Node>,
    /// What they need.
    edges: Vec<Edge>,
}

/// A plugin in a picture.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PluginNode")]
pub(crate) struct Node {
    /// The plugin.
    id: String,
    version: String,
    /// Its place in the load order, from 1.
    order: usize,
    /// The number of edges on the longest way from it to a plugin that needs nothing.
    rank: usize,
    standing: Standing,
    /// The composed plugin that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
}

/// A need in a picture.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "PluginEdge")]
pub(crate) struct Edge {
    /// The plugin that needs.
    from: String,
    /// The plugin that is needed.
    to: String,
    kind: Need,
    /// The model kind for which it is needed, where it is for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    capability: Option<String>,
}

/// How one plugin needs another.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    /// It does not load without it.
    Requires,
    /// It can use it.
    Optional,
    /// It needs what it serves.
    Capability,
}

/// The plugins of the plan and what they need of each other.
#[route(GET, "/graph", roles("member"), scope = "read")]
pub(crate) async fn show_graph(agent: Agent) -> Json<Graph> {
    let graph = agent.plan().graph();
    let standing: BTreeMap<&str, Standing> =
        agent.plugins().list().into_iter().map(|state| (state.plugin, state.standing)).collect();
    let name = |at: usize| graph.nodes.get(at).map(|node| node.name.clone()).unwrap_or_default();
    let edges = graph.edges.iter().map(|edge| Edge {
        from: name(edge.from),
        to: name(edge.to),
        kind: match (&edge.kind, edge.optional) {
            (Some(_), _) => Need::Capability,
            (None, true) => Need::Optional,
            (None, false) => Need::Requires,
        },
        capability: edge.kind.clone(),
    });
    let edges = edges.collect();
    let nodes = graph.nodes.iter().zip(1..).map(|(node, order)| Node {
        id: node.name.clone(),
        version: node.version.clone(),
        order,
        rank: node.rank,
        standing: standing.get(node.name.as_str()).copied().unwrap_or(Standing::Off),
        kind: node.part_of.clone(),
    });
    Json(Graph { nodes: nodes.collect(), edges })
}
