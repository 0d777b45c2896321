//! What the OpenAPI document says of these addresses.

use serde_json::{Map, Value, json};

/// Method, address and what it is of the routes that a client begins with; the others are in `docs/eliza-api.md`.
const ROUTES: [(&str, &str, &str, &str); 10] = [
    ("get", "/api/agents", "eliza-agents", "The agents."),
    ("get", "/api/agents/{agent}", "eliza-agent", "An agent."),
    ("get", "/api/server/ping", "eliza-ping", "Whether it is there."),
    ("get", "/api/messaging/sessions", "eliza-sessions", "The caller's sessions."),
    ("post", "/api/messaging/sessions", "eliza-session-new", "A new session."),
    ("get", "/api/messaging/sessions/{session}", "eliza-session", "A session."),
    ("delete", "/api/messaging/sessions/{session}", "eliza-session-end", "Ends a session."),
    (
        "get",
        "/api/messaging/sessions/{session}/messages",
        "eliza-messages",
        "What was said in a session, newest first.",
    ),
    (
        "post",
        "/api/messaging/sessions/{session}/messages",
        "eliza-message-new",
        "Says something in a session.",
    ),
    ("post", "/api/messaging/jobs", "eliza-job-new", "A question whose answer is read later."),
];

pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for (method, path, id, summary) in ROUTES {
        let parameters = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let parameters: Vec<Value> = parameters
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let mut operation = json!({
            "operationId": id,
            "summary": summary,
            "tags": ["eliza-api"],
            "parameters": parameters,
            "responses": {
                "default": { "description": "As elizaOS 1.7.2 answers.", "content": { "application/json": {} } },
            },
        });
        if method == "post" {
            operation["requestBody"] =
                json!({ "content": { "application/json": { "schema": { "type": "object" } } } });
        }
        let at = paths.entry(path).or_insert_with(|| json!({}));
        at[method] = operation;
    }
    json!({ "paths": paths })
}
