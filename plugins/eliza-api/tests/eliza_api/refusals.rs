//! What is refused, and how.

use super::support::{Client, USER, agent};
use galatea::testing::TestResult;
use galatea_server::Server;
use serde_json::json;

#[tokio::test]
async fn mistakes_are_told_as_elizaos_tells_them() -> TestResult {
    let agent = agent("Ada").start().await?;
    let client = Client::of(&agent);
    let session = client.session(&agent, json!({})).await;
    let messages = format!("/messaging/sessions/{session}/messages");
    let long = "x".repeat(4001);
    for (method, path, body, status, code) in [
        ("GET", "/agents/nobody", None, 404, "NOT_FOUND"),
        ("POST", "/messaging/sessions", Some(json!({})), 400, "VALIDATION_ERROR"),
        (
            "POST",
            "/messaging/sessions",
            Some(json!({ "agentId": "x", "userId": USER })),
            400,
            "VALIDATION_ERROR",
        ),
        (
            "POST",
            "/messaging/sessions",
            Some(json!({ "agentId": USER, "userId": USER })),
            404,
            "AGENT_NOT_FOUND",
        ),
        ("GET", "/messaging/sessions/none", None, 404, "SESSION_NOT_FOUND"),
        ("POST", &messages, Some(json!({ "content": "" })), 400, "VALIDATION_ERROR"),
        ("POST", &messages, Some(json!({ "content": long })), 400, "VALIDATION_ERROR"),
        ("POST", &messages, Some(json!({ "content": "a", "transport": "pigeon" })), 400, "VALIDATION_ERROR"),
        (
            "POST",
            &messages,
            Some(json!({ "content": "a", "metadata": { "a": "x".repeat(11_000) } })),
            400,
            "VALIDATION_ERROR",
        ),
        ("GET", &format!("{messages}?before=noon"), None, 400, "VALIDATION_ERROR"),
        ("GET", "/messaging/channels/x/details", None, 400, "INVALID_ID"),
        ("GET", &format!("/messaging/channels/{USER}/details"), None, 404, "NOT_FOUND"),
        (
            "POST",
            "/messaging/jobs",
            Some(json!({ "userId": USER, "content": "a", "timeoutMs": 5 })),
            400,
            "VALIDATION_ERROR",
        ),
        ("GET", &format!("/messaging/jobs/{USER}"), None, 404, "NOT_FOUND"),
        // What is not here says so.
        ("POST", "/agents", Some(json!({})), 501, "NOT_IMPLEMENTED"),
        ("PATCH", "/agents/Ada", Some(json!({})), 501, "NOT_IMPLEMENTED"),
        ("POST", "/agents/Ada/start", None, 501, "NOT_IMPLEMENTED"),
        ("GET", "/agents/Ada/logs", None, 501, "NOT_IMPLEMENTED"),
        ("POST", "/messaging/submit", Some(json!({})), 501, "NOT_IMPLEMENTED"),
        ("POST", "/messaging/message-servers", Some(json!({})), 501, "NOT_IMPLEMENTED"),
        ("POST", "/audio/Ada/transcriptions", Some(json!({})), 501, "NOT_IMPLEMENTED"),
        ("GET", "/system/env/local", None, 501, "NOT_IMPLEMENTED"),
        ("POST", "/server/stop", None, 501, "NOT_IMPLEMENTED"),
        ("PATCH", "/memory/Ada/memories/x", Some(json!({})), 501, "NOT_IMPLEMENTED"),
        ("GET", "/nowhere", None, 404, "NOT_FOUND"),
    ] {
        let (got, answer) = client.call(method, path, body).await;
        assert_eq!(
            (got, answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{method} {path}: {answer}"
        );
        assert!(answer["error"]["message"].as_str().is_some_and(|message| message.len() > 10), "{answer}");
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn who_is_not_known_is_refused_everywhere() -> TestResult {
    let agent = agent("Ada").config::<Server>(json!({ "anonymous": "never" })).start().await?;
    let client = Client::of(&agent);
    let id = agent.id();
    for (method, path) in [
        ("GET", "/agents".to_owned()),
        ("GET", "/agents/worlds".to_owned()),
        ("GET", format!("/agents/{id}")),
        ("GET", format!("/agents/{id}/panels")),
        ("GET", format!("/agents/{id}/runs")),
        ("GET", format!("/agents/{id}/runs/{USER}")),
        ("GET", format!("/memory/{id}/memories")),
        ("DELETE", format!("/memory/{id}/memories/{USER}")),
        ("DELETE", format!("/memory/{id}/memories/all/{USER}")),
        ("GET", format!("/memory/{id}/rooms")),
        ("POST", format!("/memory/{id}/rooms")),
        ("GET", format!("/memory/{id}/rooms/{USER}")),
        ("GET", format!("/memory/{id}/rooms/{USER}/memories")),
        ("POST", "/messaging/sessions".to_owned()),
        ("GET", "/messaging/sessions".to_owned()),
        ("GET", "/messaging/sessions/health".to_owned()),
        ("GET", "/messaging/sessions/x".to_owned()),
        ("DELETE", "/messaging/sessions/x".to_owned()),
        ("GET", "/messaging/sessions/x/messages".to_owned()),
        ("POST", "/messaging/sessions/x/messages".to_owned()),
        ("POST", "/messaging/sessions/x/renew".to_owned()),
        ("PATCH", "/messaging/sessions/x/timeout".to_owned()),
        ("POST", "/messaging/sessions/x/heartbeat".to_owned()),
        ("POST", "/messaging/jobs".to_owned()),
        ("GET", "/messaging/jobs".to_owned()),
        ("GET", "/messaging/jobs/health".to_owned()),
        ("GET", format!("/messaging/jobs/{USER}")),
        ("GET", "/messaging/message-server/current".to_owned()),
        ("GET", "/messaging/message-servers".to_owned()),
        ("GET", "/messaging/message-servers/x/agents".to_owned()),
        ("GET", "/messaging/message-servers/x/channels".to_owned()),
        ("GET", format!("/messaging/agents/{id}/message-servers")),
        ("GET", "/messaging/dm-channel".to_owned()),
        ("POST", "/messaging/channels".to_owned()),
        ("GET", format!("/messaging/channels/{USER}/details")),
        ("GET", format!("/messaging/channels/{USER}/participants")),
        ("GET", format!("/messaging/channels/{USER}/messages")),
        ("POST", format!("/messaging/channels/{USER}/messages")),
        ("DELETE", format!("/messaging/channels/{USER}/messages")),
        ("DELETE", format!("/messaging/channels/{USER}/messages/{USER}")),
        ("GET", "/server/ping".to_owned()),
        ("GET", "/server/hello".to_owned()),
        ("GET", "/server/status".to_owned()),
        ("GET", "/server/health".to_owned()),
        ("POST", "/server/stop".to_owned()),
        ("GET", "/nowhere".to_owned()),
    ] {
        let (status, answer) = client.call(method, &path, None).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (401, &json!("UNAUTHORIZED")),
            "{method} {path}: {answer}"
        );
    }
    agent.stop().await;
    Ok(())
}
