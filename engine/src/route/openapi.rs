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
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Problem".to_owned(), problem_schema());
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": crate::VERSION },
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": problems(),
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
        "summary": first_sentence(description),
        "description": description,
        "tags": [plugin.name],
    });
    let mut parameters = path_parameters(def, &shape, generator);
    parameters.extend(shape.query.iter().flat_map(|schema| query_parameters(*schema, generator)));
    parameters.extend(shape.headers.iter().map(|header| {
        let schema = json!({ "type": "string", "description": header.description });
        parameter("header", header.name, false, schema)
    }));
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

/// The first sentence of a description, which goes over several lines.
fn first_sentence(description: &str) -> String {
    let paragraph = description.lines().map(str::trim).take_while(|line| !line.is_empty());
    let text = paragraph.collect::<Vec<_>>().join(" ");
    // `e.g. this` does not end one: what follows begins with a small letter.
    let begins = |rest: &str| !rest.starts_with(|next: char| next.is_lowercase());
    let mut ends = text.match_indices(". ").map(|(at, _)| at);
    let end = ends.find(|at| text.get(at + 2..).is_some_and(begins));
    end.map_or(text.as_str(), |end| &text[..=end]).trim_end_matches('.').to_owned()
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
    let mut responses = Map::new();
    if answer.is_none() && shape.more.is_empty() {
        responses.insert("2XX".to_owned(), json!({ "description": fine(None) }));
    }
    for answer in answer.iter().chain(&shape.more) {
        let status = answer.status.map_or_else(|| "2XX".to_owned(), |status| status.to_string());
        let told = responses.entry(status).or_insert_with(|| json!({ "description": fine(answer.status) }));
        if let Some(media_type) = answer.media_type
            && let Value::Object(one) = content(media_type, answer.schema, generator)
        {
            match told.get_mut("content").and_then(Value::as_object_mut) {
                Some(content) => content.extend(one),
                None => told["content"] = Value::Object(one),
            }
        }
    }
    for (status, _) in PROBLEMS.iter().filter(|(status, _)| may_answer(*status, def, shape)) {
        let told = json!({ "$ref": format!("#/components/responses/{status}") });
        responses.entry(status.to_string()).or_insert(told);
    }
    responses.insert("default".to_owned(), json!({ "$ref": "#/components/responses/problem" }));
    Value::Object(responses)
}

/// What a status says when all is well.
const fn fine(status: Option<u16>) -> &'static str {
    match status {
        Some(101) => "The connection is a WebSocket from here on.",
        Some(201) => "It was made.",
        Some(202) => "It was accepted and is worked on.",
        Some(204) => "It is done; there is nothing to say of it.",
        _ => "It is done.",
    }
}

/// What routes answer when something is wrong, by status; what else there may be is told by `default`.
const PROBLEMS: [(u16, &str); 9] = [
    (400, "The request cannot be understood: a parameter or the body is not what it should be."),
    (401, "It is not known who calls."),
    (403, "Who calls may not do this."),
    (404, "There is no such thing, or none that who calls may see."),
    (413, "The body is larger than the route takes."),
    (415, "The body is of a media type that the route does not take."),
    (422, "The request can be understood and is wrong."),
    (503, "It does not work now; later it may."),
    (504, "It took too long and was stopped."),
];

/// Whether a route may answer with one of these.
fn may_answer(status: u16, def: &RouteDef, shape: &RouteShape) -> bool {
    let has_path = !parameters(def.path).is_empty() || def.method == RouteMethod::Static;
    match status {
        400 => has_path || !shape.query.is_empty() || shape.body.is_some(),
        401 | 403 => !def.public,
        404 => has_path,
        413 | 415 => shape.body.is_some(),
        422 => shape.body.is_some_and(|body| body.schema.is_some()),
        _ => true,
    }
}

/// The answers to what is wrong, by name.
fn problems() -> Value {
    let named = PROBLEMS.iter().map(|(status, about)| (status.to_string(), problem(about)));
    Value::Object(named.chain([("problem".to_owned(), problem("Something is wrong."))]).collect())
}

fn problem(about: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": about, "content": { "application/json": { "schema": schema } } })
}

/// The form of every answer to what is wrong.
fn problem_schema() -> Value {
    let error = json!({
        "type": "object",
        "properties": {
            "code": { "type": "string", "description": "What is wrong, for programs.", "examples": ["not-found"] },
            "message": { "type": "string", "description": "What is wrong and what to do, for people." },
        },
        "required": ["code", "message"],
    });
    json!({
        "type": "object",
        "description": "What is wrong.",
        "properties": { "error": error },
        "required": ["error"],
    })
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_summary_is_a_whole_sentence() {
        for (description, wanted) in [
            ("Ends it.", "Ends it"),
            (
                "Says what is wrong\nwith it, e.g. why. The rest.\n\nMore.",
                "Says what is wrong with it, e.g. why",
            ),
            ("No end\n\nAnother paragraph.", "No end"),
            ("Ends. `x` begins.", "Ends"),
            ("", ""),
        ] {
            assert_eq!(first_sentence(description), wanted);
        }
    }
}
