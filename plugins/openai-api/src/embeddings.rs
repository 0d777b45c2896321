//! `POST /v1/embeddings`: vectors by the agent's embedding model.

use crate::{
    chat::parsed,
    door::{self, Door},
    error::ApiError,
    fields::Fields,
};
use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use galatea::{
    budget::estimated_tokens,
    model::ModelKind,
    service::{EmbedError, Embeddings, Priority},
};
use galatea_server::{Access, Directory};
use serde_json::{Value, json};

/// The most texts of one request.
const MOST: usize = 2048;

pub(crate) async fn create(
    State(directory): State<Directory>,
    access: Access,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    door::listed(&directory, &access)?;
    let body = parsed(&body)?;
    let body = Fields::of_body(&body)?;
    let door = Door::to(body.required_text("model")?, &directory, &access)?;
    let texts = texts(&body)?;
    let in_base64 = match body.text("encoding_format")? {
        None | Some("float") => false,
        Some("base64") => true,
        Some(other) => return Err(body.unfit("encoding_format", other, &["float", "base64"])),
    };
    if !has_embeddings(&door) {
        let message = format!(
            "The agent `{}` has no embedding model; its character gets one with `[plugins.embedding]` or a provider's plugin.",
            door.model
        );
        return Err(ApiError::invalid(message).param("model").code("model_not_supported"));
    }
    let wanted = body.whole("dimensions")?;
    let tokens: u64 = texts.iter().map(|text| estimated_tokens(text)).sum();
    let vectors = Embeddings::of(&door.agent).embed_all(texts, Priority::High).await.map_err(told)?;
    if let (Some(wanted), Some(vector)) = (wanted, vectors.first())
        && usize::try_from(wanted) != Ok(vector.len())
    {
        let message =
            format!("This agent's vectors have {} dimensions; they are not made shorter.", vector.len());
        return Err(ApiError::unsupported("dimensions", message));
    }
    let data = vectors.iter().enumerate().map(|(index, vector)| {
        let vector = if in_base64 { Value::from(base64_of(vector)) } else { Value::from(vector.as_slice()) };
        json!({ "object": "embedding", "index": index, "embedding": vector })
    });
    Ok(Json(json!({
        "object": "list",
        "data": data.collect::<Vec<_>>(),
        "model": door.model,
        // Guessed: embedding models do not say what they read.
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    })))
}

fn has_embeddings(door: &Door) -> bool {
    door.agent.parts().models.iter().any(|model| model.def.kinds.contains(&ModelKind::TextEmbedding))
}

fn texts(body: &Fields<'_>) -> Result<Vec<String>, ApiError> {
    let texts = match body.get("input").ok_or_else(|| body.missing("input"))? {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) => {
            let text = |text: &Value| text.as_str().map(str::to_owned).ok_or_else(|| not_texts(text, body));
            texts.iter().map(text).collect::<Result<_, _>>()?
        }
        _ => return Err(body.mistyped("input", "one of a string or array of strings")),
    };
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        return Err(ApiError::invalid("'input' must not be empty.").param("input").code("invalid_value"));
    }
    if texts.len() > MOST {
        let message = format!("'input' has {} texts; {MOST} are the most.", texts.len());
        return Err(ApiError::invalid(message).param("input").code("array_above_max_length"));
    }
    Ok(texts)
}

fn not_texts(value: &Value, body: &Fields<'_>) -> ApiError {
    if value.is_array() || value.is_number() {
        let message = "Tokens are those of OpenAI's models, and mean nothing to this one; send texts.";
        return ApiError::unsupported("input", message);
    }
    body.mistyped("input", "one of a string or array of strings")
}

fn base64_of(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

fn told(error: EmbedError) -> ApiError {
    let message = error.to_string();
    match error {
        EmbedError::Full { .. } => {
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, message).code("rate_limit_exceeded")
        }
        EmbedError::Refused(_) => ApiError::invalid(message).param("input"),
        EmbedError::Failed(_) => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message).code("model_unavailable")
        }
    }
}
