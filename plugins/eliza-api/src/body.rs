//! What a client sends.

use crate::failure::Failure;
use axum::{body::Bytes, http::StatusCode};
use galatea::memory::Attachment;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The most bytes of metadata.
const MOST_METADATA: usize = 10 * 1024;

/// The object that a body is; an empty body is an empty one.
pub(crate) fn object(body: &Bytes) -> Result<Map<String, Value>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Failure::invalid("Request body must be an object")),
        Err(error) => {
            let message = format!("The body is no JSON: {error}");
            Err(Failure::new(StatusCode::BAD_REQUEST, "INVALID_JSON", message))
        }
    }
}

/// A text that must be there.
pub(crate) fn text<'b>(body: &'b Map<String, Value>, name: &str) -> Result<&'b str, Failure> {
    let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| Failure::invalid(format!("Missing required fields: {name}")))
}

/// A UUID that must be there.
pub(crate) fn id(body: &Map<String, Value>, name: &str) -> Result<Uuid, Failure> {
    let text = text(body, name)?;
    Uuid::try_parse(text).map_err(|_| Failure::invalid(format!("Invalid UUID format for field '{name}'")))
}

/// `content`, within its limit of characters.
pub(crate) fn content(body: &Map<String, Value>, most: usize) -> Result<&str, Failure> {
    let content = match body.get("content") {
        Some(Value::String(content)) => content,
        _ => return Err(Failure::invalid("Invalid content: Content must be a string")),
    };
    if content.is_empty() {
        return Err(Failure::invalid("Invalid content: Content cannot be empty"));
    }
    if content.chars().count() > most {
        let message = format!("Invalid content: Content exceeds maximum length of {most} characters");
        return Err(Failure::invalid(message));
    }
    Ok(content)
}

/// `metadata`, within its limit of bytes.
pub(crate) fn metadata(body: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
    match body.get("metadata") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(metadata))
            if Value::Object(metadata.clone()).to_string().len() > MOST_METADATA =>
        {
            Err(Failure::invalid(format!(
                "Invalid metadata: Metadata exceeds maximum size of {MOST_METADATA} bytes"
            )))
        }
        Some(Value::Object(metadata)) => Ok(metadata.clone()),
        Some(_) => Err(Failure::invalid("Invalid metadata: metadata must be an object")),
    }
}

/// `attachments`, as the client types them.
pub(crate) fn attachments(body: &Map<String, Value>) -> Vec<Attachment> {
    let all = body.get("attachments").and_then(Value::as_array).into_iter().flatten();
    let text = |attachment: &Value, names: [&str; 2]| {
        names.iter().find_map(|name| attachment.get(name)?.as_str().map(str::to_owned))
    };
    all.enumerate()
        .filter_map(|(index, attachment)| {
            Some(Attachment {
                id: text(attachment, ["id", "id"]).unwrap_or_else(|| (index + 1).to_string()),
                url: text(attachment, ["url", "url"])?,
                title: text(attachment, ["name", "title"]),
                media_type: text(attachment, ["mimeType", "contentType"]),
                description: text(attachment, ["description", "description"]),
                text: text(attachment, ["text", "text"]),
            })
        })
        .collect()
}
