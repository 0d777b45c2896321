//! The choice of an action by models that take no tools: they are held to a schema with one alternative for each action.

use galatea::model::{ModelAnswer, Tool, ToolCall};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The alternative that is no action: to say something.
const REPLY: &str = "REPLY";

/// What the answer must fit.
pub(crate) fn schema(tools: &[Tool]) -> Value {
    let act = |tool: &Tool| {
        json!({
            "type": "object",
            "properties": { "action": { "const": tool.name }, "arguments": arguments(&tool.parameters) },
            "required": ["action", "arguments"],
            "additionalProperties": false,
        })
    };
    let reply = json!({
        "type": "object",
        "properties": { "action": { "const": REPLY }, "text": { "type": "string" } },
        "required": ["action", "text"],
        "additionalProperties": false,
    });
    let alternatives: Vec<Value> = tools.iter().map(act).chain([reply]).collect();
    json!({ "anyOf": alternatives })
}

/// References lead to the root, which is another one here; the engine checks the arguments in any case.
fn arguments(parameters: &Value) -> Value {
    if parameters.to_string().contains("\"$ref\"") { json!({ "type": "object" }) } else { parameters.clone() }
}

/// What the model is told.
pub(crate) fn in_words(tools: &[Tool]) -> String {
    let mut told = String::from("You act by choosing one action. The actions:\n");
    for tool in tools {
        told.push_str(&format!("- {}: {} Arguments: {}\n", tool.name, tool.description, tool.parameters));
    }
    told.push_str(
        "- REPLY: Say something, in `text`.\n\
         Answer with JSON and nothing else: {\"action\": \"NAME\", \"arguments\": {}} or {\"action\": \"REPLY\", \"text\": \"what you say\"}",
    );
    told
}

/// The answer behind the choice. What is none stays the text that it is.
pub(crate) fn read(answer: ModelAnswer) -> ModelAnswer {
    let Ok(Value::Object(mut chosen)) = serde_json::from_str(answer.text.trim()) else { return answer };
    let Some(action) = chosen.get("action").and_then(Value::as_str).map(str::to_owned) else { return answer };
    let text = match chosen.remove("text") {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    if action == REPLY {
        return ModelAnswer { text, ..answer };
    }
    let arguments = match chosen.remove("arguments") {
        Some(Value::Object(arguments)) => arguments,
        _ => Map::new(),
    };
    let id = format!("call-{}", Uuid::now_v7().simple());
    ModelAnswer { text, calls: vec![ToolCall { id, name: action, arguments }], ..answer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_or_left() {
        for (written, text, call) in [
            (r#"{"action": "REPLY", "text": "Hello."}"#, "Hello.", None),
            (r#"{"action": "LOOK", "arguments": {"at": "fog"}}"#, "", Some(r#"{"at":"fog"}"#)),
            (r#"{"action": "LOOK"}"#, "", Some("{}")),
            ("I would rather talk.", "I would rather talk.", None),
            (r#"{"weather": "fog"}"#, r#"{"weather": "fog"}"#, None),
        ] {
            let answer = read(ModelAnswer::text(written));
            let told = answer.calls.first().map(|call| Value::Object(call.arguments.clone()).to_string());
            assert_eq!((answer.text.as_str(), told.as_deref()), (text, call), "{written}");
        }
    }
}
