//! What is at which address.

use crate::{chat, embeddings, error::ApiError, front::AT, models, responses};
use axum::{
    Router,
    http::{Method, StatusCode, Uri},
    routing::{get, post},
};
use galatea_server::Directory;

/// Answers below `/v1`.
pub(crate) fn router(directory: Directory) -> Router {
    Router::new()
        .route("/models", get(models::list))
        .route("/models/{model}", get(models::one))
        .route("/chat/completions", post(chat::create))
        .route("/responses", post(responses::create))
        .route("/responses/{response}", get(responses::read).delete(responses::delete))
        .route("/responses/{response}/cancel", post(responses::cancel))
        .route("/responses/{response}/input_items", get(responses::input))
        .route("/embeddings", post(embeddings::create))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .with_state(directory)
}

async fn nothing(method: Method, uri: Uri) -> ApiError {
    let message = format!(
        "Unknown request URL: {method} {AT}{}. Here are models, chat completions, responses and embeddings.",
        uri.path()
    );
    ApiError::new(StatusCode::NOT_FOUND, message).code("unknown_url")
}

async fn not_so(method: Method, uri: Uri) -> ApiError {
    let message = format!("Not allowed to {method} on {AT}{}.", uri.path());
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message).code("method_not_allowed")
}
