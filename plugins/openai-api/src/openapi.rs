//! What the OpenAPI document says of these addresses.

use serde_json::{Value, json};

/// What is here, and whose words describe it.
pub(crate) fn document() -> Value {
    let told = |id: &str, summary: &str| {
        json!({
            "operationId": id,
            "summary": summary,
            "tags": ["openai-api"],
            "externalDocs": { "url": "https://platform.openai.com/docs/api-reference" },
            "responses": {
                "200": { "description": "As OpenAI answers; a stream where it is asked for." },
                "default": { "description": "Why not.", "content": { "application/json": {
                    "schema": { "$ref": "#/components/schemas/OpenAiError" }
                } } },
            },
        })
    };
    let asked = |id: &str, summary: &str, required: &[&str]| {
        let mut operation = told(id, summary);
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": {
            "schema": { "type": "object", "required": required, "properties": { "model": { "type": "string" } } }
        } } });
        operation
    };
    let named = |mut operation: Value, name: &str| {
        operation["parameters"] =
            json!([{ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }]);
        operation
    };
    json!({
        "paths": {
            "/v1/models": { "get": told("openai-models", "The agents, as models.") },
            "/v1/models/{model}": { "get": named(told("openai-model", "An agent, as a model."), "model") },
            "/v1/chat/completions": {
                "post": asked("openai-chat", "A turn of an agent, as a chat completion.", &["model", "messages"])
            },
            "/v1/responses": {
                "post": asked("openai-response", "A turn of an agent, as a response.", &["model", "input"])
            },
            "/v1/responses/{response}": {
                "get": named(told("openai-response-read", "A response that was made before."), "response"),
                "delete": named(told("openai-response-delete", "Forgets a response and its message."), "response"),
            },
            "/v1/responses/{response}/input_items": {
                "get": named(told("openai-response-input", "What a response answers."), "response")
            },
            "/v1/embeddings": {
                "post": asked("openai-embeddings", "Vectors by an agent's embedding model.", &["model", "input"])
            },
        },
        "components": { "schemas": { "OpenAiError": {
            "type": "object",
            "required": ["error"],
            "properties": { "error": {
                "type": "object",
                "required": ["message", "type", "param", "code"],
                "properties": {
                    "message": { "type": "string" },
                    "type": { "type": "string" },
                    "param": { "type": ["string", "null"] },
                    "code": { "type": ["string", "null"] },
                },
            } },
        } } },
    })
}
