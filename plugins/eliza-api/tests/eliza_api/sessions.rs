//! Sessions: their talk, and how long they last.

use super::support::{Client, USER, agent};
use galatea::{
    store::{InMemory, Store},
    testing::TestResult,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_is_said_in_a_session_is_answered_in_each_way() -> TestResult {
    let agent = agent("Ada").start().await?;
    let client = Client::of(&agent);
    let session =
        client.session(&agent, json!({ "metadata": { "username": "Grace", "platform": "test" } })).await;
    let messages = format!("/messaging/sessions/{session}/messages");

    let answered =
        client.fine("POST", &messages, Some(json!({ "content": "One?", "transport": "http" }))).await;
    assert_eq!(answered["agentResponse"]["text"], "Yes.");
    assert_eq!(
        (&answered["userMessage"]["content"], &answered["userMessage"]["authorId"]),
        (&json!("One?"), &json!(USER))
    );
    assert_eq!(
        (&answered["success"], &answered["sessionStatus"]["wasRenewed"]),
        (&json!(true), &json!(true))
    );

    let stream =
        client.send("POST", &messages, Some(&json!({ "content": "Two?", "transport": "sse" }))).await;
    let stream = stream.text().await?;
    let events: Vec<&str> = stream.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert!(events.first() == Some(&"user_message") && events.last() == Some(&"done"), "{stream}");
    assert!(stream.lines().any(|line| line.starts_with("data: {\"text\":\"Yes.\"")), "{stream}");

    let later = client
        .fine("POST", &messages, Some(json!({ "content": "Three?", "metadata": { "tags": ["a"] } })))
        .await;
    assert!(later.get("agentResponse").is_none());
    agent.settled().await?;
    let listed = client.fine("GET", &messages, None).await;
    let said: Vec<(&str, bool)> = listed["messages"]
        .as_array()
        .ok_or("messages")?
        .iter()
        .map(|message| (message["content"].as_str().unwrap(), message["isAgent"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        said,
        [("Yes.", true), ("Three?", false), ("Yes.", true), ("Two?", false), ("Yes.", true), ("One?", false)]
    );
    assert_eq!(listed["messages"][1]["authorId"], USER);
    assert_eq!(listed["messages"][1]["metadata"]["tags"], json!(["a"]));
    let some = client.fine("GET", &format!("{messages}?limit=2"), None).await;
    assert_eq!((some["messages"].as_array().map(Vec::len), &some["hasMore"]), (Some(2), &json!(true)));
    let names = agent
        .requests()
        .last()
        .ok_or("a question")?
        .request
        .lines
        .iter()
        .map(|line| line.name.clone())
        .collect::<Vec<_>>();
    assert_eq!(names[0], "Grace");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_session_ends_when_nothing_is_said_for_long() -> TestResult {
    let agent = agent("Ada").clock("2026-01-01T12:00:00Z").start().await?;
    let client = Client::of(&agent);
    let at = |session: &str| format!("/messaging/sessions/{session}");
    let short = client
        .session(&agent, json!({ "timeoutConfig": { "timeoutMinutes": "10", "maxDurationMinutes": 25 } }))
        .await;
    let fixed =
        client.session(&agent, json!({ "timeoutConfig": { "timeoutMinutes": 1, "autoRenew": false } })).await;
    let read = client.fine("GET", &at(&short), None).await;
    assert_eq!(read["expiresAt"], "2026-01-01T12:10:00.000Z");
    assert_eq!((&read["timeRemaining"], &read["isNearExpiration"]), (&json!(600_000), &json!(false)));
    assert_eq!(
        client.fine("GET", &at(&fixed), None).await["timeoutConfig"]["timeoutMinutes"],
        5.0,
        "at least"
    );

    agent.clock().advance(6 * MINUTE);
    assert_eq!(client.fine("GET", &at(&short), None).await["isNearExpiration"], true);
    let beaten = client.fine("POST", &format!("{}/heartbeat", at(&short)), Some(json!({}))).await;
    assert_eq!(
        (&beaten["renewalCount"], &beaten["expiresAt"]),
        (&json!(1), &json!("2026-01-01T12:16:00.000Z"))
    );
    let (status, gone) = client.call("GET", &at(&fixed), None).await;
    assert_eq!((status, &gone["error"]["code"]), (410, &json!("SESSION_EXPIRED")));
    let (status, gone) = client.call("GET", &at(&fixed), None).await;
    assert_eq!((status, &gone["error"]["code"]), (404, &json!("SESSION_NOT_FOUND")));

    // However often it is renewed, it does not last longer than it may.
    for _ in 0..3 {
        agent.clock().advance(5 * MINUTE);
        client.fine("POST", &format!("{}/renew", at(&short)), None).await;
    }
    assert_eq!(client.fine("GET", &at(&short), None).await["expiresAt"], "2026-01-01T12:25:00.000Z");
    let changed = client
        .fine("PATCH", &format!("{}/timeout", at(&short)), Some(json!({ "maxDurationMinutes": 60 })))
        .await;
    assert_eq!(changed["expiresAt"], "2026-01-01T12:51:00.000Z");
    let (status, refused) =
        client.call("PATCH", &format!("{}/timeout", at(&short)), Some(json!({ "timeoutMinutes": 2 }))).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("VALIDATION_ERROR")));
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn sessions_are_there_after_a_restart_and_stay_remembered_when_they_end() -> TestResult {
    let store: Arc<dyn Store> = Arc::new(InMemory::new());
    let first = agent("Ada").store(Arc::clone(&store)).start().await?;
    let client = Client::of(&first);
    let session = client.session(&first, json!({})).await;
    let messages = format!("/messaging/sessions/{session}/messages");
    client.fine("POST", &messages, Some(json!({ "content": "One?", "transport": "sync" }))).await;
    first.stop().await;

    let second = agent("Ada").store(Arc::clone(&store)).start().await?;
    let client = Client::of(&second);
    assert_eq!(client.fine("GET", &messages, None).await["messages"].as_array().map(Vec::len), Some(2));
    let all = client.fine("GET", "/messaging/sessions", None).await;
    assert_eq!((&all["total"], &all["sessions"][0]["sessionId"]), (&json!(1), &json!(session)));
    assert_eq!(client.fine("GET", "/messaging/sessions/health", None).await["activeSessions"], 1);
    let ended = client.fine("DELETE", &format!("/messaging/sessions/{session}"), None).await;
    assert_eq!(ended["success"], true);
    let (status, error) = client.call("GET", &messages, None).await;
    assert_eq!((status, &error["error"]["code"]), (404, &json!("SESSION_NOT_FOUND")));
    let kept = second.store().count_memories(&galatea::store::MemoryQuery::default()).await?;
    assert_eq!(kept, 2, "the agent remembers what was said");
    second.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_job_is_answered_later() -> TestResult {
    let agent = agent("Ada").start().await?;
    let client = Client::of(&agent);
    let job = json!({ "userId": USER, "content": "One?", "metadata": { "a": 1 } });
    let made = client.fine("POST", "/messaging/jobs", Some(job)).await;
    let at = format!("/messaging/jobs/{}", made["jobId"].as_str().ok_or("an id")?);
    agent.settled().await?;
    let job: Value = client.fine("GET", &at, None).await;
    assert_eq!((&job["status"], &job["result"]["message"]["content"]), (&json!("completed"), &json!("Yes.")));
    assert_eq!(
        (&job["prompt"], &job["userId"], &job["metadata"]),
        (&json!("One?"), &json!(USER), &json!({ "a": 1 }))
    );
    let all = client.fine("GET", "/messaging/jobs?status=completed", None).await;
    assert_eq!((&all["filtered"], &all["jobs"][0]["jobId"]), (&json!(1), &made["jobId"]));
    let health = client.fine("GET", "/messaging/jobs/health", None).await;
    assert_eq!(
        (&health["statusCounts"]["completed"], &health["metrics"]["successRate"]),
        (&json!(1), &json!(1.0))
    );
    agent.stop().await;
    Ok(())
}
