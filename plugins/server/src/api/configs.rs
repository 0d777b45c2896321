//! The configs of plugins: shown, checked, changed.

use super::plugins::WhichPlugin;
use axum::response::{IntoResponse, Response};
use galatea::{
    agent::{ChangeError, ChangeReport, ConfigProblem},
    character::{masked_config, unmasked_config},
    definition::{PluginDef, RESERVED_CONFIG_KEYS},
    prelude::*,
    registry::plugin_config_schema,
    route::{AnswerShape, DescribeAnswer, Json, Path, RouteShape, StatusCode},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A config of a plugin without its secrets.
pub(super) fn masked(def: &PluginDef, config: &Value) -> Value {
    masked_config(&plugin_config_schema(def), config)
}

/// The character without the secrets of its plugins.
pub(super) fn masked_character(agent: &Agent) -> Map<String, Value> {
    let mut character = serde_json::to_value(agent.character().as_ref()).unwrap_or_default();
    let plugins = character.get_mut("plugins").and_then(Value::as_object_mut);
    for (name, config) in plugins.into_iter().flatten() {
        if let Some(plugin) = agent.registry().get(name) {
            *config = masked(plugin.def, config);
        }
    }
    if let Some(secrets) = character.get_mut("secrets").and_then(Value::as_object_mut) {
        for reference in secrets.values_mut() {
            let schema = json!({ "x-secret": true });
            *reference = masked_config(&schema, reference);
        }
    }
    match character {
        Value::Object(character) => character,
        _ => Map::new(),
    }
}

/// The config that the character has for a plugin, without the engine's own keys and without defaults.
fn written(agent: &Agent, plugin: &str) -> Value {
    let character = agent.character();
    let table = character.plugins.get(plugin).into_iter().flatten();
    let own = table.filter(|(key, _)| !RESERVED_CONFIG_KEYS.contains(&key.as_str()));
    Value::Object(own.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// The config that is meant: where a secret is masked still, the one that is there.
pub(super) fn meant(agent: &Agent, plugin: &str, given: Map<String, Value>) -> Value {
    unmasked_config(&written(agent, plugin), Value::Object(given))
}

/// What a check of a config found.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// Whether the config could be used.
    ok: bool,
    /// What is wrong with it.
    problems: Vec<ConfigProblem>,
}

/// Says what would be wrong with a config, and changes nothing. The body is the whole config, as it would stand in the
/// character; a secret that is masked stays what it is.
#[route(POST, "/plugins/{plugin}/config/check", roles("admin"), scope = "read", timeout = "60s")]
pub(crate) async fn check_config(
    agent: Agent,
    Path(WhichPlugin { plugin }): Path<WhichPlugin>,
    Json(config): Json<Map<String, Value>>,
) -> Result<Json<Checked>, Refused> {
    let config = meant(&agent, &plugin, config);
    let problems =
        agent.plugins().check(&plugin, config).await.map_err(|error| Refused::of(error, &plugin))?;
    Ok(Json(Checked { ok: problems.is_empty(), problems }))
}

/// Gives a plugin another config: all its keys, as they would stand in the character file. The file is not written.
#[route(PUT, "/plugins/{plugin}/config", roles("owner"), scope = "manage", timeout = "5m")]
pub(crate) async fn put_config(
    agent: Agent,
    Path(WhichPlugin { plugin }): Path<WhichPlugin>,
    Json(config): Json<Map<String, Value>>,
) -> Result<Changed, Refused> {
    let config = meant(&agent, &plugin, config);
    let changed = agent.plugins().reconfigure(&plugin, config).await;
    changed.map(Changed).map_err(|error| Refused::of(error, &plugin))
}

/// A change that was made.
#[derive(Debug)]
pub(crate) struct Changed(pub(super) ChangeReport);

impl IntoResponse for Changed {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}

impl DescribeAnswer for Changed {
    fn describe_answer(shape: &mut RouteShape) {
        Json::<ChangeReport>::describe_answer(shape);
        // What is wrong with a config is told by place, too.
        let schema = |generator: &mut schemars::SchemaGenerator| generator.subschema_for::<Rejected>();
        shape.more = vec![AnswerShape {
            status: Some(422),
            media_type: Some("application/json"),
            schema: Some(schema),
        }];
    }
}

/// A change that was refused.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rejected {
    error: Problem,
}

/// Why a change was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConfigError")]
pub(crate) struct Problem {
    /// Why, for programs.
    code: String,
    /// Why, for people, as `galatea check` says it.
    message: String,
    /// What is wrong with the config, by place; absent where it is not the config.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ConfigProblem>,
}

/// Why a change of plugins was not made.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    rejected: Rejected,
}

impl Refused {
    pub(super) fn of(error: ChangeError, plugin: &str) -> Self {
        let (status, code) = match &error {
            ChangeError::Unknown { .. } => (StatusCode::NOT_FOUND, "no-plugin"),
            ChangeError::Stopping | ChangeError::Loading => (StatusCode::SERVICE_UNAVAILABLE, "not-now"),
            ChangeError::Rejected(_) => (StatusCode::UNPROCESSABLE_ENTITY, "rejected"),
            ChangeError::Refused { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "plugin-refused"),
            ChangeError::NotRunning { .. } => (StatusCode::CONFLICT, "not-running"),
            ChangeError::Required { .. } => (StatusCode::CONFLICT, "required"),
            ChangeError::Conflicts(_) => (StatusCode::CONFLICT, "conflicts"),
            ChangeError::Storage { .. } => (StatusCode::CONFLICT, "storage"),
            ChangeError::AnotherAgent { .. } => (StatusCode::CONFLICT, "another-agent"),
            ChangeError::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, "broken"),
        };
        let problems = match &error {
            ChangeError::Rejected(_) => error.problems(plugin),
            _ => Vec::new(),
        };
        let message = match problems.as_slice() {
            [] => error.to_string(),
            all => all.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; "),
        };
        Self { status, rejected: Rejected { error: Problem { code: code.to_owned(), message, problems } } }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(self.rejected)).into_response()
    }
}
