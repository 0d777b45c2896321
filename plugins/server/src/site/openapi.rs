//! The description of everything that answers at an address: OpenAPI 3.1.

use super::{Through, health::Health, root::Root, session};
use crate::{Part, Scope, Server, access::session::COOKIE};
use axum::{
    Extension,
    body::Bytes,
    http::header,
    response::{IntoResponse, Response},
};
use galatea::{
    agent::RegisteredRoute,
    definition::{Plugin, PluginDef, RouteDef},
    route::openapi,
};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The description that was made last, and of what.
#[derive(Debug, Default)]
pub(crate) struct Described(Mutex<Option<(Of, Bytes)>>);

/// What a description is of.
#[derive(Clone, Debug)]
struct Of {
    routes: Vec<Arc<Vec<RegisteredRoute>>>,
    parts: Vec<&'static str>,
}

impl Of {
    fn is(&self, other: &Self) -> bool {
        let mut pairs = self.routes.iter().zip(&other.routes);
        self.parts == other.parts
            && self.routes.len() == other.routes.len()
            && pairs.all(|(one, other)| Arc::ptr_eq(one, other))
    }
}

pub(super) async fn document(Extension(listener): Through) -> Response {
    let parts = listener.parts();
    let routes = listener.members().iter().map(|member| Arc::clone(&member.agent.parts().routes)).collect();
    let of = Of { routes, parts: parts.iter().map(|part| part.at).collect() };
    let known = listener.described().0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = match known.filter(|(known, _)| known.is(&of)) {
        Some((_, text)) => text,
        None => {
            let text = Bytes::from(describe(&of.routes, &parts).to_string());
            *listener.described().0.lock().unwrap_or_else(PoisonError::into_inner) = Some((of, text.clone()));
            text
        }
    };
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// The whole description.
fn describe(routes: &[Arc<Vec<RegisteredRoute>>], parts: &[Part]) -> Value {
    // Agents with the same plugins have the same routes.
    let all: BTreeMap<(&str, &str), (&PluginDef, &RouteDef)> = routes
        .iter()
        .flat_map(|routes| routes.iter())
        .map(|route| ((route.plugin.name, route.def.name), (route.plugin, route.def)))
        .collect();
    let mut document = openapi("Galatea", all.into_values());
    document["info"]["description"] = json!("Agents of this address. `{agent}` is an agent's id or name.");
    place(&mut document);
    let own = own();
    merge(&mut document, &own);
    for part in parts {
        if let Some(fragment) = part.openapi {
            merge(&mut document, &fragment());
        }
    }
    let who = json!([{ "caller": [] }, { "session": [] }]);
    document["security"] = who.clone();
    secure(&mut document, &who);
    document
}

/// Puts the routes of plugins where they are served, with what a token must be for.
fn place(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths").map(Value::take) else { return };
    let own = format!("/{}", Server::NAME);
    let mut placed = Map::new();
    for (path, mut item) in paths {
        let below = path.strip_prefix(&own).filter(|below| below.is_empty() || below.starts_with('/'));
        let whole = match below {
            Some(below) => format!("/api/v1/agents/{{agent}}{}", below.trim_end_matches('/')),
            None => format!("/agents/{{agent}}{path}"),
        };
        if let Some(item) = item.as_object_mut() {
            for (method, operation) in item.iter_mut() {
                let is_public = operation["security"].as_array().is_some_and(Vec::is_empty);
                if operation.get("x-scope").is_none() && !is_public {
                    let scope = match (below, method.as_str()) {
                        (None, _) => Scope::Routes,
                        (Some(_), "get") => Scope::Read,
                        (Some(_), _) => Scope::Manage,
                    };
                    operation["x-scope"] = json!(scope);
                }
            }
            item.insert("parameters".to_owned(), json!([{ "$ref": "#/components/parameters/agent" }]));
        }
        placed.insert(whole, item);
    }
    document["paths"] = Value::Object(placed);
}

/// Adds a fragment; what is there already stays.
fn merge(document: &mut Value, fragment: &Value) {
    let added = |to: &mut Value, from: &Value| {
        for (name, value) in from.as_object().into_iter().flatten() {
            if to.get(name).is_none() {
                to[name] = value.clone();
            }
        }
    };
    added(&mut document["paths"], &fragment["paths"]);
    for (kind, all) in fragment["components"].as_object().into_iter().flatten() {
        if document["components"].get(kind).is_none() {
            document["components"][kind] = json!({});
        }
        added(&mut document["components"][kind], all);
    }
    if let (Some(tags), Some(more)) = (document["tags"].as_array_mut(), fragment["tags"].as_array()) {
        tags.extend(more.iter().cloned());
    }
}

/// What needs a caller takes one who signed in, too.
fn secure(document: &mut Value, who: &Value) {
    let items = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in items.flat_map(|item| item.as_object_mut().into_iter().flat_map(Map::values_mut)) {
        if operation.get("security").is_some_and(|security| *security == json!([{ "caller": [] }])) {
            operation["security"] = who.clone();
        }
    }
}

fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.into_generator()
}

/// What the process answers itself.
fn own() -> Value {
    let mut generator = generator();
    let session = answer::<session::Session>(&mut generator);
    let problem = json!({ "$ref": "#/components/responses/problem" });
    let public = |summary: &str, id: &str, answer: &Value| {
        operation(summary, id, json!([]), json!({ "200": answer, "default": problem }))
    };
    let root = answer::<Root>(&mut generator);
    let health = answer::<Health>(&mut generator);
    let sign_in = generator.subschema_for::<session::SignIn>();
    let mut signs_in = public("Signs in: a browser gets a cookie for a token.", "sign-in", &session);
    signs_in["requestBody"] =
        json!({ "required": true, "content": { "application/json": { "schema": sign_in } } });
    let mut ready = public("Whether every agent has started and has a model that answers.", "ready", &health);
    ready["responses"]["503"] = health.clone();
    let gone = json!({ "204": { "description": "It is done." }, "default": problem });
    let list = super::agents::schema();
    let items = json!({ "200": content("application/json", &list), "default": problem });
    let mut agents = operation("The agents of which the caller may know.", "list-agents", Value::Null, items);
    agents["x-roles"] = json!(["member"]);
    agents["x-scope"] = json!(Scope::Read);
    let text = content("application/openmetrics-text", &json!({ "type": "string" }));
    let mut metrics = operation(
        "Figures for Prometheus.",
        "metrics",
        Value::Null,
        json!({ "200": text, "default": problem }),
    );
    metrics["x-roles"] = json!(["admin"]);
    metrics["x-scope"] = json!(Scope::Metrics);
    let any = content("application/json", &json!({ "type": "object" }));
    let page = content("text/html", &json!({ "type": "string" }));
    json!({
        "tags": [{ "name": "server", "description": "The server itself." }],
        "paths": {
            "/api/v1": { "get": public("What this is.", "root", &root) },
            "/api/v1/openapi.json": { "get": public("This description.", "openapi", &any) },
            "/api/v1/docs": { "get": public("This description, for people.", "docs", &page) },
            "/api/v1/session": {
                "get": public("Who one is.", "session", &session),
                "post": signs_in,
                "delete": operation("Signs out.", "sign-out", json!([]), gone),
            },
            "/api/v1/health/live": { "get": public("Whether the process lives.", "live", &health) },
            "/api/v1/health/ready": { "get": ready },
            "/api/v1/agents": { "get": agents },
            "/metrics": { "get": metrics },
        },
        "components": {
            "schemas": generator.take_definitions(true),
            "parameters": {
                "agent": {
                    "name": "agent", "in": "path", "required": true, "schema": { "type": "string" },
                    "description": "The agent: its id, or its name, in any case and with hyphens for blanks.",
                },
            },
            "securitySchemes": {
                "session": {
                    "type": "apiKey", "in": "cookie", "name": COOKIE,
                    "description": "A browser that signed in. Every request but GET and HEAD has the header `x-csrf-token`, too.",
                },
            },
        },
    })
}

fn operation(summary: &str, id: &str, security: Value, responses: Value) -> Value {
    let mut operation = json!({
        "operationId": format!("{}.{id}", Server::NAME),
        "summary": summary,
        "tags": [Server::NAME],
        "responses": responses,
        "security": security,
    });
    if operation["security"].is_null() {
        operation["security"] = json!([{ "caller": [] }]);
    }
    operation
}

fn answer<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let schema = generator.subschema_for::<T>().to_value();
    content("application/json", &schema)
}

fn content(kind: &str, schema: &Value) -> Value {
    json!({ "description": "It is done.", "content": { kind: { "schema": schema } } })
}
