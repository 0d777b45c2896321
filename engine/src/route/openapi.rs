//! The description of an agent's routes for other programs: OpenAPI 3.1.

use super::{
    AnswerShape, BodyShape,
    pattern::{mounts, parameters},
    shape::{RouteShape, SchemaOf, resolved},
};
use crate::{
    agent::Agent,
    definition::{PluginDef, RouteDef, RouteMethod},
    extract::Signature,
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

impl Agent {
    /// The description of its routes as an OpenAPI 3.1 document.
    #[must_use]
    pub fn openapi(&self) -> Value {
        let parts = self.parts();
        let routes = parts.routes.iter().map(|route| (route.plugin, route.def));
        openapi(&self.character().name, routes)
    }
}

/// The description of routes as an OpenAPI 3.1 document.
#[must_use]
pub fn openapi<'a>(title: &str, routes: impl IntoIterator<Item = (&'a PluginDef, &'a RouteDef)>) -> Value {
    // References to what is not in the components would lead nowhere.
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<Value> = Vec::new();
    for (plugin, def) in routes {
        let tag = json!({ "name": plugin.name, "description": plugin.description.trim() });
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let path = paths.entry(path(plugin, def)).or_insert_with(|| json!({}));
        path[def.method.verb().to_ascii_lowercase()] = operation(plugin, def, &mut generator);
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": crate::VERSION },
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": { "problem": problem() },
            "securitySchemes": { "caller": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// The path as OpenAPI writes it, which knows no parameters over several parts: `/files/{path}`.
fn path(plugin: &PluginDef, def: &RouteDef) -> String {
    let mounts = mounts(plugin.name, def);
    let shown = if def.method == RouteMethod::Static { mounts.last() } else { mounts.first() };
    shown.map(|path| path.replace("{*", "{")).unwrap_or_default()
}

fn operation(plugin: &PluginDef, def: &RouteDef, generator: &mut SchemaGenerator) -> Value {
    let shape = Signature::of(def.describe).route;
    let description = def.description.trim();
    let mut operation = json!({
        "operationId": format!("{}.{}", plugin.name, def.name),
        "summary": description.lines().next().unwrap_or_default(),
        "description": description,
        "tags": [plugin.name],
    });
    let mut parameters = path_parameters(def, &shape, generator);
    parameters.extend(shape.query.iter().flat_map(|schema| query_parameters(*schema, generator)));
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = shape.body {
        operation["requestBody"] = request_body(body, generator);
    }
    operation["responses"] = responses(def, &shape, generator);
    operation["security"] = if def.public { json!([]) } else { json!([{ "caller": [] }]) };
    if !def.roles.is_empty() {
        operation["x-roles"] = json!(def.roles);
    }
    if let Some(scope) = def.scope {
        operation["x-scope"] = json!(scope);
    }
    operation
}

/// Every parameter of the path, described by the type that reads it, if any does.
fn path_parameters(def: &RouteDef, shape: &RouteShape, generator: &mut SchemaGenerator) -> Vec<Value> {
    let mut names = parameters(def.path);
    if def.method == RouteMethod::Static {
        names.push("path");
    }
    let schema = shape.path.first().map(|schema| {
        let schema = schema(generator).to_value();
        resolved(&schema, generator)
    });
    let describe = |(at, name): (usize, &&str)| {
        let schema = schema.as_ref().and_then(|schema| part(schema, at, name));
        let schema = schema.unwrap_or_else(|| json!({ "type": "string" }));
        parameter("path", name, true, schema)
    };
    names.iter().enumerate().map(describe).collect()
}

/// The schema of one parameter in that of all.
fn part(schema: &Value, at: usize, name: &str) -> Option<Value> {
    match schema.get("type").and_then(Value::as_str)? {
        "object" => schema.get("properties").and_then(|all| all.get(name)).cloned(),
        "array" => schema.get("prefixItems").and_then(|all| all.get(at)).cloned(),
        _ => Some(schema.clone()),
    }
}

fn query_parameters(schema: SchemaOf, generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = schema(generator).to_value();
    let schema = resolved(&schema, generator);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => properties
            .iter()
            .map(|(name, schema)| parameter("query", name, required.contains(&name.as_str()), schema.clone()))
            .collect(),
        // A map takes whatever comes.
        None => vec![parameter("query", "query", false, schema)],
    }
}

fn parameter(place: &str, name: &str, required: bool, mut schema: Value) -> Value {
    let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
    let mut parameter = json!({ "name": name, "in": place, "required": required, "schema": schema });
    if let Some(description) = description {
        parameter["description"] = description;
    }
    parameter
}

fn request_body(body: BodyShape, generator: &mut SchemaGenerator) -> Value {
    json!({
        "required": body.required,
        "content": content(body.media_type, body.schema, generator),
    })
}

fn content(media_type: &str, schema: Option<SchemaOf>, generator: &mut SchemaGenerator) -> Value {
    let schema = match (schema, media_type) {
        (Some(schema), _) => schema(generator).to_value(),
        (None, "multipart/form-data") => json!({ "type": "object" }),
        (None, text) if text.starts_with("text/") => json!({ "type": "string" }),
        (None, _) => json!({}),
    };
    json!({ media_type: { "schema": schema } })
}

fn responses(def: &RouteDef, shape: &RouteShape, generator: &mut SchemaGenerator) -> Value {
    let file = AnswerShape { status: Some(200), media_type: Some("*/*"), schema: None };
    let answer = match def.method {
        RouteMethod::Static => Some(file),
        _ => shape.answer,
    };
    let status = answer.and_then(|answer| answer.status);
    let mut fine = json!({ "description": "It is done." });
    if let Some((answer, media_type)) = answer.and_then(|answer| Some((answer, answer.media_type?))) {
        fine["content"] = content(media_type, answer.schema, generator);
    }
    let status = status.map_or_else(|| "2XX".to_owned(), |status| status.to_string());
    json!({ status: fine, "default": { "$ref": "#/components/responses/problem" } })
}

/// What every route answers when something is wrong.
fn problem() -> Value {
    let error = json!({
        "type": "object",
        "properties": {
            "code": { "type": "string", "description": "What is wrong, for programs: `not-found`." },
            "message": { "type": "string", "description": "What is wrong, for people." },
        },
        "required": ["code", "message"],
    });
    let schema = json!({ "type": "object", "properties": { "error": error }, "required": ["error"] });
    json!({ "description": "Something is wrong.", "content": { "application/json": { "schema": schema } } })
}
