//! What can be asked of OpenAI and not of an agent: refused in words, never ignored in silence where the answer would not be
//! what was asked for.

use crate::{error::ApiError, fields::Fields};
use serde_json::Value;

const TOOLS: &str = "This model is an agent: its own actions run inside, and tools of the caller are not supported. Leave `tools` \
                     out, or send `tool_choice: \"none\"`.";

/// Refuses what an agent cannot do, of chats.
pub(crate) fn of_chat(body: &Fields<'_>) -> Result<(), ApiError> {
    no_tools(body, "tools")?;
    no_tools(body, "functions")?;
    types(body)?;
    for (name, kind) in [("frequency_penalty", "a decimal"), ("presence_penalty", "a decimal")] {
        body.number(name).map_err(|_| body.mistyped(name, kind))?;
    }
    if let Some(count) = body.whole("n")?
        && count != 1
    {
        return Err(ApiError::unsupported("n", "An agent gives one answer; leave `n` out."));
    }
    if body.flag("logprobs")? {
        let message = "What an agent says is made by several model calls; it has no log probabilities.";
        return Err(ApiError::unsupported("logprobs", message));
    }
    if let Some(format) = body.object("response_format")? {
        plain_text(&format, "response_format")?;
    }
    if body.list("modalities")?.is_some_and(|kinds| kinds.iter().any(|kind| kind != "text")) {
        return Err(ApiError::unsupported("modalities", "An agent answers here in text only."));
    }
    body.whole("max_tokens")?;
    body.whole("max_completion_tokens")?;
    body.whole("seed").map(drop)
}

/// Refuses what an agent cannot do, of responses.
pub(crate) fn of_response(body: &Fields<'_>) -> Result<(), ApiError> {
    no_tools(body, "tools")?;
    types(body)?;
    if body.flag("background")? {
        let message = "Responses are not made in the background here; stream them, or wait for them.";
        return Err(ApiError::unsupported("background", message));
    }
    if let Some(text) = body.object("text")?
        && let Some(format) = text.object("format")?
    {
        plain_text(&format, "text.format")?;
    }
    if body.get("prompt").is_some() {
        return Err(ApiError::unsupported("prompt", "Prompts are not stored here; send `input`."));
    }
    body.whole("max_output_tokens").map(drop)
}

fn types(body: &Fields<'_>) -> Result<(), ApiError> {
    body.number("temperature")?;
    body.number("top_p").map(drop)
}

fn no_tools(body: &Fields<'_>, name: &str) -> Result<(), ApiError> {
    let choice = if name == "functions" { "function_call" } else { "tool_choice" };
    let is_off = body.get(choice).and_then(Value::as_str) == Some("none");
    match body.list(name)? {
        Some(tools) if !tools.is_empty() && !is_off => Err(ApiError::unsupported(name, TOOLS)),
        _ => Ok(()),
    }
}

fn plain_text(format: &Fields<'_>, param: &str) -> Result<(), ApiError> {
    match format.text("type")? {
        None | Some("text") => Ok(()),
        Some(other) => {
            let message = format!(
                "An agent answers as it speaks, in text; '{other}' cannot be promised. Ask for JSON in the message if you \
                 must, and be ready for something else."
            );
            Err(ApiError::unsupported(param, message))
        }
    }
}
