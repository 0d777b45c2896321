//! JSON that fits a schema.

use crate::{
    fit::{Fit, listed},
    model::{Line, ModelAnswer, ModelRequest, Speaker},
    text::answer::{read_json_object, without_thinking},
};
use serde_json::Value;

/// A text model is told the schema in the prompt; the format is left for those that can do more with it.
pub(super) fn put_in_words(request: &mut ModelRequest) {
    if let Some(schema) = request.schema() {
        let told = format!("Answer with JSON and nothing else. It must fit this JSON Schema:\n{schema}");
        request.system = format!("{}\n\n{told}", request.system).trim_start().to_owned();
    }
}

/// The JSON of an answer, in plain form, if it fits; else what is wrong with it.
pub(super) fn fitting(text: &str, schema: &Value) -> Result<String, String> {
    let text = without_thinking(text);
    let value = serde_json::from_str(text.trim()).ok();
    let value = value.or_else(|| read_json_object(&text).map(Value::Object));
    let value = value.ok_or_else(|| "it is no JSON".to_owned())?;
    // A schema that cannot be used says nothing about the answer.
    let Ok(fit) = Fit::new(schema) else { return Ok(value.to_string()) };
    let value = match value {
        Value::Object(fields) => Value::Object(fit.respelled(fields)),
        other => other,
    };
    match fit.misfits(&value).as_slice() {
        [] => Ok(value.to_string()),
        misfits => Err(listed(misfits)),
    }
}

/// The request once more, with the answer that does not fit and why.
pub(super) fn mended(request: &ModelRequest, answer: &ModelAnswer, why: &str) -> ModelRequest {
    let mut request = request.clone();
    request.lines.push(Line::new(Speaker::Assistant, "assistant", &answer.text));
    let told = format!(
        "That does not fit the schema: {why}. Answer once more, with the whole JSON and nothing else."
    );
    request.lines.push(Line::new(Speaker::User, "user", told));
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_taken_out_of_what_is_around_it_and_held_against_the_schema() {
        let schema = json!({
            "type": "object",
            "properties": { "mood": { "enum": ["glad", "sad"] }, "size": { "type": "integer" } },
            "required": ["mood"],
            "additionalProperties": false,
        });
        let rows = [
            (r#"{"mood":"glad"}"#, Ok(r#"{"mood":"glad"}"#)),
            (
                "<think>hm {}</think>\n```json\n{\"mood\": \"Sad\", \"size\": 3,}\n```",
                Ok(r#"{"mood":"sad","size":3}"#),
            ),
            ("glad", Err("it is no JSON")),
            (r#"{"size": 1}"#, Err("`mood`: it is missing")),
            (r#"{"mood": "glad", "why": 1}"#, Err("`why`: there is no such field")),
        ];
        for (text, wanted) in rows {
            assert_eq!(fitting(text, &schema), wanted.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
        assert_eq!(fitting("[1, 2]", &json!({ "type": "array" })), Ok("[1,2]".to_owned()));
    }
}
