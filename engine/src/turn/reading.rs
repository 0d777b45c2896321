//! In which form a model is asked for actions, and what its answer comes to.

use crate::{
    model::{Format, ModelAnswer, ModelRequest, Purpose, Speaker, Tool, ToolCall},
    text::{
        answer::{ActionCall, Asked, Form, Problem, Reading, read_as},
        name::same_name,
    },
};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, sync::Arc};
use uuid::Uuid;

/// How many actions an answer by schema may name; small models do not find an end.
const MOST_ACTIONS: usize = 4;

/// The form in which a model is asked: as the character wants it, else in calls where the model takes them.
pub(crate) fn form_of(takes_tools: bool, request: &ModelRequest, wanted: Option<Form>) -> Form {
    if request.tools.is_empty() || request.format != Format::Text {
        return Form::Native;
    }
    match wanted {
        Some(form @ (Form::Text | Form::Schema)) => form,
        Some(Form::Native) | None if takes_tools => Form::Native,
        Some(Form::Native) | None => Form::Text,
    }
}

/// The question in a form. `providers` are those that a model may ask for, each with what it tells.
pub(crate) fn put(request: &Arc<ModelRequest>, form: Form, providers: &[(&str, &str)]) -> Arc<ModelRequest> {
    if form == Form::Native {
        return Arc::clone(request);
    }
    let mut request = ModelRequest::clone(request);
    let tools = std::mem::take(&mut request.tools);
    let mut more = String::new();
    if !providers.is_empty() {
        more.push_str("# Providers\n");
        providers.iter().for_each(|(name, told)| more.push_str(&format!("- {name}: {told}\n")));
        more.push('\n');
    }
    let actions = listed(&tools, form);
    let asked = match form {
        Form::Schema => {
            request.format = Format::Json(schema(&tools, providers));
            "Answer with one JSON object and nothing else. `actions` are those that you use, none if you only speak; \
             `text` is what you say, empty if the actions do it."
                .to_owned()
        }
        Form::Native | Form::Text => {
            let named = if providers.is_empty() {
                ""
            } else {
                "<providers>what you must know first, by name, separated by commas; else empty</providers>\n"
            };
            format!(
                "Answer in this form and nothing else:\n<response>\n<thought>why</thought>\n\
                 <actions>REPLY or the names of actions, separated by commas</actions>\n{named}\
                 <params>{{\"ACTION\": {{\"parameter\": \"value\"}}}}</params>\n<text>what you say</text>\n</response>"
            )
        }
    };
    request.system = format!("{}\n\n# Actions\n{actions}\n{more}{asked}", request.system);
    Arc::new(request)
}

fn listed(tools: &[Tool], form: Form) -> String {
    let mut actions = String::new();
    for tool in tools {
        actions.push_str(&format!("- {}: {}\n", tool.name, tool.description));
        // The schema says it where there is one.
        if form != Form::Schema {
            actions.push_str(&format!("  parameters: {}\n", tool.parameters));
        }
    }
    actions
}

/// The schema of an answer: the actions before the text, so that it is known whether they speak for themselves.
fn schema(tools: &[Tool], providers: &[(&str, &str)]) -> Value {
    let mut shared = Map::new();
    let calls: Vec<Value> = tools.iter().map(|tool| call_schema(tool, &mut shared)).collect();
    let mut properties = Map::new();
    let mut required = vec!["actions", "text"];
    properties.insert(
        "actions".to_owned(),
        json!({ "type": "array", "maxItems": MOST_ACTIONS, "items": { "anyOf": calls } }),
    );
    if !providers.is_empty() {
        let names: Vec<&str> = providers.iter().map(|(name, _)| *name).collect();
        properties.insert("providers".to_owned(), json!({ "type": "array", "items": { "enum": names } }));
        required.insert(1, "providers");
    }
    properties.insert("text".to_owned(), json!({ "type": "string" }));
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema.insert("required".to_owned(), json!(required));
    schema.insert("additionalProperties".to_owned(), false.into());
    if !shared.is_empty() {
        schema.insert("$defs".to_owned(), Value::Object(shared));
    }
    Value::Object(schema)
}

/// Where a schema has what it refers to, in newer drafts and in older ones; types that hold themselves need it.
const SHARED: [&str; 2] = ["$defs", "definitions"];

/// The schema of a call. What its own schema shares within itself is shared by all from here on, under a name of its own.
fn call_schema(tool: &Tool, shared: &mut Map<String, Value>) -> Value {
    let mut parameters = tool.parameters.clone();
    parameters.as_object_mut().map(|fields| {
        fields.remove("$schema");
        fields.remove("title")
    });
    let mut whole = false;
    for place in SHARED {
        let own = parameters.as_object_mut().and_then(|fields| fields.remove(place));
        for (name, mut schema) in own.and_then(|own| own.as_object().cloned()).into_iter().flatten() {
            whole |= rename(&mut schema, &tool.name);
            shared.insert(format!("{}.{name}", tool.name), schema);
        }
    }
    whole |= rename(&mut parameters, &tool.name);
    if whole {
        let place = json!({ "$ref": format!("#/$defs/{}", tool.name) });
        shared.insert(tool.name.clone(), std::mem::replace(&mut parameters, place));
    }
    json!({
        "type": "object",
        "properties": { "name": { "const": tool.name }, "arguments": parameters },
        "required": ["name", "arguments"],
        "additionalProperties": false,
    })
}

/// Gives what a schema refers to the names that it has from here on; whether it refers to the whole that it is part of.
fn rename(schema: &mut Value, tool: &str) -> bool {
    match schema {
        Value::Object(fields) => fields.iter_mut().fold(false, |whole, (key, value)| match value {
            Value::String(target) if key == "$ref" => whole | rename_target(target, tool),
            value => whole | rename(value, tool),
        }),
        Value::Array(items) => items.iter_mut().fold(false, |whole, item| whole | rename(item, tool)),
        _ => false,
    }
}

fn rename_target(target: &mut String, tool: &str) -> bool {
    if target == "#" {
        *target = format!("#/$defs/{tool}");
        return true;
    }
    let within = |place: &&str| target.strip_prefix("#/")?.strip_prefix(*place)?.strip_prefix('/');
    if let Some(name) = SHARED.iter().find_map(within) {
        *target = format!("#/$defs/{tool}.{name}");
    }
    false
}

/// What a reader has to know of a question.
pub(super) fn asked<'r>(name: &str, request: &'r ModelRequest, form: Form) -> Asked<'r> {
    let names = |tool: &Tool| std::iter::once(tool.name.clone()).chain(tool.similes.clone());
    let of_others = request.lines.iter().filter(|line| line.speaker != Speaker::Assistant);
    let given = of_others.map(|line| line.text.as_str()).chain([request.context.as_str()]);
    Asked {
        form,
        name: name.to_owned(),
        offered: request.tools.iter().flat_map(names).collect(),
        given: given.filter(|text| !text.is_empty()).map(Cow::Borrowed).collect(),
    }
}

/// Reads what a model wrote: thoughts and marks go, and calls that stand in the text are taken out of it. Answers that
/// are data, not speech, stay as they are for who asked. `name` is the agent's.
pub(crate) fn read(answer: ModelAnswer, request: &ModelRequest, form: Form, name: &str) -> ModelAnswer {
    let speech =
        matches!(request.purpose, Purpose::Decide | Purpose::Reply) && request.format == Format::Text;
    if !speech {
        return answer;
    }
    let Reading { text, calls, providers, cut, problem } = read_as(&answer.text, &asked(name, request, form));
    if !answer.calls.is_empty() {
        if answer.cut {
            // The last call may lack what it was to say.
            let problem = Some(Problem::BrokenOff.told().to_owned());
            return ModelAnswer { text, calls: Vec::new(), problem, ..answer };
        }
        return ModelAnswer { text, ..answer };
    }
    if !answer.providers.is_empty() && text.is_empty() && calls.is_empty() {
        return ModelAnswer { text, ..answer };
    }
    let broken = answer.cut && !calls.is_empty();
    let problem = if broken { Some(Problem::BrokenOff) } else { problem };
    let calls = if broken { Vec::new() } else { calls };
    ModelAnswer {
        calls: calls.into_iter().map(|call| tool_call(call, &request.tools)).collect(),
        text,
        providers: [answer.providers, providers].concat(),
        cut: answer.cut || cut,
        problem: answer.problem.or_else(|| problem.map(|problem| problem.told().to_owned())),
        ..answer
    }
}

fn tool_call(call: ActionCall, tools: &[Tool]) -> ToolCall {
    let is_meant = |tool: &&Tool| {
        same_name(&tool.name, &call.name) || tool.similes.iter().any(|simile| same_name(simile, &call.name))
    };
    let arguments = match call.arguments {
        Value::Object(mut arguments) => {
            if let Some(tool) = tools.iter().find(is_meant) {
                typed(&mut arguments, &tool.parameters);
            }
            arguments
        }
        other => Map::from_iter([(ToolCall::NOT_AN_OBJECT.to_owned(), other)]),
    };
    ToolCall { id: format!("call-{}", Uuid::now_v7().simple()), name: call.name, arguments }
}

/// Tags hold nothing but text: where the schema wants a number, a list or the like, the text is read as one.
fn typed(arguments: &mut Map<String, Value>, schema: &Value) {
    for (name, value) in arguments {
        let Value::String(text) = &*value else {
            continue;
        };
        let wanted =
            schema.get("properties").and_then(|fields| fields.get(name)).and_then(|it| it.get("type"));
        let takes = |kind: &str| match wanted {
            Some(Value::String(one)) => one == kind,
            Some(Value::Array(several)) => several.iter().any(|one| one == kind),
            _ => false,
        };
        let text = text.trim();
        let text = match text {
            "True" => "true",
            "False" => "false",
            "None" => "null",
            same => same,
        };
        let Ok(read) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        let kind = match &read {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) if takes("number") => "number",
            Value::Number(_) => "integer",
            Value::String(_) => continue,
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if takes(kind) && !takes("string") {
            *value = read;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;
    use serde::Deserialize;

    /// A folder, with those in it.
    #[derive(Deserialize, JsonSchema)]
    struct Folder {
        #[expect(dead_code, reason = "its schema counts")]
        folders: Vec<Self>,
    }

    #[test]
    fn types_that_hold_themselves_are_found_in_the_schema_of_an_answer() {
        let tool = |parameters| Tool {
            name: "PACK".to_owned(),
            description: String::new(),
            parameters,
            similes: Vec::new(),
            examples: Vec::new(),
        };
        for settings in [
            schemars::generate::SchemaSettings::draft07(),
            schemars::generate::SchemaSettings::draft2020_12(),
        ] {
            let parameters = settings.into_generator().into_root_schema_for::<Folder>().to_value();
            let whole = schema(&[tool(parameters)], &[]);
            let call = json!({ "name": "PACK", "arguments": { "folders": [{ "folders": [] }] } });
            let wrong = json!({ "name": "PACK", "arguments": { "folders": [{ "folders": 7 }] } });
            let fits = |call: Value| jsonschema::is_valid(&whole, &json!({ "actions": [call], "text": "" }));
            assert!(fits(call) && !fits(wrong), "{whole:#}");
        }
    }
}
