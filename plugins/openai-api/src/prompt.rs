//! What a request says: instructions, and a conversation whose last line is what the agent is asked.

use crate::{
    content::{self, Said},
    error::ApiError,
    fields::Fields,
};
use serde_json::Value;

/// What is said in a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prompt {
    /// What the program wants of the answer, in its order.
    pub(crate) instructions: Vec<String>,
    /// What was said before, oldest first.
    pub(crate) before: Vec<Line>,
    /// What the agent is to answer.
    pub(crate) last: Said,
}

/// Something that was said before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Whether the model said it.
    pub(crate) is_agents: bool,
    pub(crate) said: Said,
}

/// Who says something, as clients write it.
const ROLES: [&str; 6] = ["system", "developer", "user", "assistant", "tool", "function"];

/// What items of `input` may be, beside messages.
const SKIPPED: [&str; 1] = ["reasoning"];

impl Prompt {
    /// Reads `messages` of a chat.
    pub(crate) fn of_chat(body: &Fields<'_>) -> Result<Self, ApiError> {
        let messages = body.list("messages")?.ok_or_else(|| body.missing("messages"))?;
        let mut draft = Draft::default();
        for (index, message) in messages.iter().enumerate() {
            let message = Fields::of(message, format!("messages[{index}]"))?;
            draft.add(&message, message.required_text("role")?)?;
        }
        draft.finish("messages")
    }

    /// Reads `instructions` and `input` of a response.
    pub(crate) fn of_response(body: &Fields<'_>) -> Result<Self, ApiError> {
        let mut draft = Draft::default();
        draft.instructions.extend(body.text("instructions")?.map(str::to_owned));
        match body.get("input").ok_or_else(|| body.missing("input"))? {
            Value::String(text) => {
                draft
                    .lines
                    .push(Line { is_agents: false, said: Said { text: text.clone(), ..Said::default() } });
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    draft.add_item(&Fields::of(item, format!("input[{index}]"))?)?;
                }
            }
            _ => return Err(body.mistyped("input", "one of a string or array of objects")),
        }
        draft.finish("input")
    }
}

#[derive(Default)]
struct Draft {
    instructions: Vec<String>,
    lines: Vec<Line>,
}

impl Draft {
    fn add_item(&mut self, item: &Fields<'_>) -> Result<(), ApiError> {
        match item.text("type")? {
            None | Some("message") => self.add(item, item.required_text("role")?),
            Some(skipped) if SKIPPED.contains(&skipped) => Ok(()),
            Some(other) => {
                let message = format!(
                    "Items of type '{other}' are not supported: this model is an agent whose actions run inside. Send \
                     messages of text, pictures and files."
                );
                Err(ApiError::unsupported(&item.at("type"), message))
            }
        }
    }

    fn add(&mut self, message: &Fields<'_>, role: &str) -> Result<(), ApiError> {
        let said = content::read(message)?;
        match role {
            "system" | "developer" => {
                self.instructions.extend(Some(said.text).filter(|text| !text.trim().is_empty()));
            }
            "user" | "assistant" if said.is_nothing() => {}
            "user" | "assistant" => self.lines.push(Line { is_agents: role == "assistant", said }),
            // What tools of other models gave; the agent's own actions have their memories.
            "tool" | "function" => {}
            other => return Err(message.unfit("role", other, &ROLES)),
        }
        Ok(())
    }

    fn finish(mut self, param: &str) -> Result<Prompt, ApiError> {
        let Some(Line { is_agents: false, said: last }) = self.lines.pop() else {
            let message =
                "The last message must be the user's, and say something: it is what the agent answers.";
            return Err(ApiError::invalid(message).param(param).code("invalid_value"));
        };
        Ok(Prompt { instructions: self.instructions, before: self.lines, last })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use serde_json::json;

    fn chat(messages: Value) -> Result<Prompt, ApiError> {
        let body = json!({ "messages": messages });
        Prompt::of_chat(&Fields::of_body(&body)?)
    }

    #[test]
    fn a_conversation_comes_apart() {
        let prompt = chat(json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "Hello." },
            { "role": "assistant", "content": null, "tool_calls": [] },
            { "role": "tool", "content": "42", "tool_call_id": "c" },
            { "role": "assistant", "content": [{ "type": "text", "text": "Yes?" }] },
            { "role": "developer", "content": "In German." },
            { "role": "user", "name": "Grace", "content": [
                { "type": "text", "text": "What is this?" },
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } },
                { "type": "file", "file": { "filename": "a.pdf", "file_data": "AAAA" } },
                { "type": "input_audio", "input_audio": { "data": "AAAA", "format": "mp3" } },
            ] },
        ]))
        .unwrap();
        assert_eq!(prompt.instructions, ["Be brief.", "In German."]);
        let before: Vec<_> =
            prompt.before.iter().map(|line| (line.is_agents, line.said.text.as_str())).collect();
        assert_eq!(before, [(false, "Hello."), (true, "Yes?")]);
        assert_eq!(prompt.last.text, "What is this?");
        let attached =
            prompt.last.attachments.iter().map(|it| (it.url.as_str(), it.media_type.as_deref().unwrap()));
        assert_eq!(
            attached.collect::<Vec<_>>(),
            [
                ("data:image/png;base64,AAAA", "image/png"),
                ("data:application/pdf;base64,AAAA", "application/pdf"),
                ("data:audio/mpeg;base64,AAAA", "audio/mpeg"),
            ]
        );
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (messages, told) in [
            (json!([]), "The last message must be the user's"),
            (json!([{ "role": "user", "content": "" }]), "The last message must be the user's"),
            (json!([{ "role": "assistant", "content": "Hi." }]), "The last message must be the user's"),
            (json!([{ "content": "Hi." }]), "Missing required parameter: 'messages[0].role'."),
            (json!([{ "role": "king", "content": "Hi." }]), "Invalid value: 'king'."),
            (json!(["Hi."]), "Invalid type for 'messages[0]': expected an object, but got a string instead."),
            (
                json!([{ "role": "user", "content": 7 }]),
                "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead.",
            ),
            (
                json!([{ "role": "user", "content": [{ "type": "video" }] }]),
                "Invalid value: 'video'. Supported values are: 'text'",
            ),
            (
                json!([{ "role": "user", "content": [{ "type": "file", "file": { "file_id": "file-1" } }] }]),
                "Files are not stored here",
            ),
        ] {
            let error = chat(messages.clone()).unwrap_err();
            assert!(error.message().starts_with(told), "{messages}: {}", error.message());
        }
    }
}
