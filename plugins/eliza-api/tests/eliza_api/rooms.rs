//! Agents, channels, memories and runs.

use super::support::{Client, USER, agent};
use galatea::testing::TestResult;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn agents_are_told_as_elizaos_tells_them() -> TestResult {
    let agent = agent("Ada")
        .character(json!({ "bio": ["Keeps a log.", "Likes rain."], "topics": ["rain"] }))
        .start()
        .await?;
    let client = Client::of(&agent);
    let listed = client.fine("GET", "/agents", None).await;
    assert_eq!(
        listed,
        json!({ "success": true, "data": { "agents": [{
            "id": agent.id(), "name": "Ada", "characterName": "Ada", "bio": "Keeps a log.", "status": "active",
        }] } })
    );
    let one = &client.fine("GET", &format!("/agents/{}", agent.id()), None).await["data"];
    assert_eq!(
        (&one["bio"][1], &one["topics"][0], &one["status"]),
        (&json!("Likes rain."), &json!("rain"), &json!("active"))
    );
    assert!(one["plugins"].as_array().is_some_and(|plugins| plugins.contains(&json!("eliza-api"))));
    assert_eq!(client.fine("GET", "/server/ping", None).await["pong"], true);
    assert_eq!(client.fine("GET", "/server/health", None).await["status"], "OK");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn channels_are_rooms() -> TestResult {
    let agent = agent("Ada").start().await?;
    let client = Client::of(&agent);
    let dm = format!("/messaging/dm-channel?currentUserId={USER}&targetUserId={}", agent.id());
    let channel = client.fine("GET", &dm, None).await["data"]["id"].as_str().ok_or("an id")?.to_owned();
    assert_eq!(client.fine("GET", &dm, None).await["data"]["id"], channel.as_str(), "there is one");
    let at = format!("/messaging/channels/{channel}");
    let said = json!({ "content": "One?", "author_id": USER, "transport": "http", "message_server_id": Uuid::nil() });
    assert_eq!(
        client.fine("POST", &format!("{at}/messages"), Some(said)).await["agentResponse"]["text"],
        "Yes."
    );
    // As the client's own call has it: no author.
    client.fine("POST", &format!("{at}/messages"), Some(json!({ "content": "Two?", "mode": "sync" }))).await;
    let messages = client.fine("GET", &format!("{at}/messages"), None).await["data"]["messages"].clone();
    let authors: Vec<&str> =
        messages.as_array().ok_or("messages")?.iter().map(|it| it["authorId"].as_str().unwrap()).collect();
    let own = agent.id().to_string();
    assert_eq!(authors, [own.as_str(), USER, own.as_str(), USER]);
    let people = client.fine("GET", &format!("{at}/participants"), None).await["data"].clone();
    assert!(
        people.as_array().is_some_and(|people| people.len() == 2 && people.contains(&json!(USER))),
        "{people}"
    );

    let group = json!({ "name": "Log", "participantCentralUserIds": [USER, agent.id()], "message_server_id": Uuid::nil() });
    let made = client.fine("POST", "/messaging/channels", Some(group)).await;
    assert_eq!(made["data"]["name"], "Log");
    let all = client.fine("GET", &format!("/messaging/message-servers/{}/channels", Uuid::nil()), None).await;
    assert_eq!(all["data"]["channels"].as_array().map(Vec::len), Some(2));

    let message = messages[0]["id"].as_str().ok_or("an id")?;
    assert_eq!(client.call("DELETE", &format!("{at}/messages/{message}"), None).await.0, 204);
    assert_eq!(client.call("DELETE", &format!("{at}/messages/{message}"), None).await.0, 404);
    assert_eq!(client.call("DELETE", &format!("{at}/messages"), None).await.0, 204);
    assert_eq!(client.fine("GET", &format!("{at}/messages"), None).await["data"]["messages"], json!([]));
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn memories_and_runs_are_read() -> TestResult {
    let agent = agent("Ada").start().await?;
    let client = Client::of(&agent);
    let session = client.session(&agent, json!({})).await;
    let messages = format!("/messaging/sessions/{session}/messages");
    client.fine("POST", &messages, Some(json!({ "content": "One?", "transport": "http" }))).await;
    let id = agent.id();
    let room = client.fine("GET", &format!("/messaging/sessions/{session}"), None).await["channelId"]
        .as_str()
        .ok_or("a room")?
        .to_owned();
    for path in [
        format!("/memory/{id}/memories"),
        format!("/memory/{id}/memories?roomId={room}&tableName=messages"),
        format!("/memory/{id}/rooms/{room}/memories"),
        format!("/agents/{id}/rooms/{room}/memories?limit=2"),
    ] {
        let memories = client.fine("GET", &path, None).await["data"]["memories"].clone();
        let texts: Vec<&str> = memories
            .as_array()
            .ok_or("memories")?
            .iter()
            .map(|it| it["content"]["text"].as_str().unwrap())
            .collect();
        assert_eq!(texts, ["Yes.", "One?"], "{path}");
    }
    assert_eq!(
        client.fine("GET", &format!("/memory/{id}/memories?type=facts"), None).await["data"]["memories"],
        json!([])
    );
    let rooms = client.fine("GET", &format!("/memory/{id}/rooms"), None).await;
    assert!(
        rooms["data"]["rooms"]
            .as_array()
            .is_some_and(|rooms| rooms.iter().any(|it| it["id"] == room.as_str()))
    );
    assert_eq!(client.fine("GET", &format!("/memory/{id}/rooms/{room}"), None).await["data"]["type"], "API");

    let runs = client.fine("GET", &format!("/agents/{id}/runs?roomId={room}&status=completed"), None).await;
    let run = &runs["data"]["runs"][0];
    assert_eq!(
        (&runs["data"]["total"], &run["status"], &run["counts"]["modelCalls"]),
        (&json!(1), &json!("completed"), &json!(1))
    );
    let one = client
        .fine("GET", &format!("/agents/{id}/runs/{}", run["runId"].as_str().ok_or("an id")?), None)
        .await;
    let events: Vec<&str> = one["data"]["events"]
        .as_array()
        .ok_or("events")?
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["RUN_STARTED", "MODEL_USED", "RUN_ENDED"]);
    let deleted = client.fine("DELETE", &format!("/memory/{id}/memories/all/{room}"), None).await;
    assert_eq!(deleted["data"]["deleted"], 2);
    agent.stop().await;
    Ok(())
}
