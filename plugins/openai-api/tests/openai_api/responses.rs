//! Responses: made, streamed, followed, read and forgotten.

use super::support::{Client, ada, agent, lines};
use galatea::{store::Store, testing::TestResult};
use serde_json::{Value, json};
use std::sync::Arc;

fn output(response: &Value) -> &str {
    response["output"][0]["content"][0]["text"].as_str().unwrap_or_default()
}

async fn respond(client: &Client, body: Value) -> Value {
    let mut whole = json!({ "model": "ada" });
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let (status, response) = client.post("/responses", whole).await;
    assert_eq!(status, 200, "{response}");
    response
}

#[tokio::test]
async fn a_response_is_kept_with_what_the_agent_remembers() -> TestResult {
    let store: Arc<dyn Store> = Arc::new(galatea::store::InMemory::new());
    let first = agent("Ada").store(Arc::clone(&store)).start().await?;
    let client = Client::of(&first);
    let body =
        json!({ "input": "Hello!", "instructions": "Be brief.", "metadata": { "a": "b" }, "user": "grace" });
    let made = respond(&client, body).await;
    assert_eq!(
        (&made["object"], &made["status"], output(&made)),
        (&json!("response"), &json!("completed"), "You said: Hello!")
    );
    assert_eq!(made["usage"]["total_tokens"], 15);
    assert_eq!((&made["instructions"], &made["metadata"]), (&json!("Be brief."), &json!({ "a": "b" })));
    let id = made["id"].as_str().ok_or("an id")?.to_owned();
    first.stop().await;

    // Another process, the same memory.
    let second = agent("Ada").store(Arc::clone(&store)).start().await?;
    let client = Client::of(&second);
    let (_, read) = client.get(&format!("/responses/{id}")).await;
    assert_eq!(read, made);
    let (_, items) = client.get(&format!("/responses/{id}/input_items")).await;
    assert_eq!(items["data"][0]["content"][0]["text"], "Hello!");
    let (status, _) = client.get(&format!("/responses/{id}?stream=true")).await;
    assert_eq!(status, 400);

    let deleted = client.send("DELETE", &format!("/responses/{id}"), None, &[]).await;
    assert_eq!(deleted.json::<Value>().await?["deleted"], true);
    assert_eq!(client.get(&format!("/responses/{id}")).await.0, 404);
    let forgotten = respond(&client, json!({ "input": "Still there?", "store": false })).await;
    let id = forgotten["id"].as_str().ok_or("an id")?;
    assert_eq!(client.get(&format!("/responses/{id}")).await.0, 404, "it was not to be kept");
    second.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_response_goes_on_from_any_that_was_before() -> TestResult {
    let (agent, client) = ada().await;
    let one = respond(&client, json!({ "input": "One." })).await;
    let two = respond(&client, json!({ "input": "Two.", "previous_response_id": one["id"] })).await;
    assert_eq!(lines(&agent), ["loopback: One.", "Ada: You said: One.", "loopback: Two."]);
    assert_eq!(two["previous_response_id"], one["id"]);
    // Back to the first one: what was said after it was not said here.
    respond(&client, json!({ "input": "Three.", "previous_response_id": one["id"] })).await;
    assert_eq!(lines(&agent), ["loopback: One.", "Ada: You said: One.", "loopback: Three."]);
    respond(&client, json!({ "input": "Four.", "previous_response_id": two["id"] })).await;
    assert_eq!(lines(&agent).len(), 5);
    let both =
        json!({ "model": "ada", "input": "x", "previous_response_id": one["id"], "conversation": "c" });
    assert_eq!(client.post("/responses", both).await.0, 400);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn keys_of_conversations_are_those_of_the_api() -> TestResult {
    let (agent, client) = ada().await;
    for (number, key) in [
        json!({ "conversation": "c" }),
        json!({ "conversation": { "id": "c" } }),
        json!({ "prompt_cache_key": "c" }),
        json!({ "metadata": { "conversation": "c" } }),
        json!({ "user": "c" }),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body =
            json!({ "input": [{ "role": "user", "content": [{ "type": "input_text", "text": "Hi." }] }] });
        body.as_object_mut().ok_or("a body")?.extend(key.as_object().ok_or("a key")?.clone());
        respond(&client, body).await;
        assert_eq!(lines(&agent).len(), 2 * number + 1, "{key}");
    }
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_response_is_streamed_in_typed_events() -> TestResult {
    let (agent, client) = ada().await;
    let events = client.stream("/responses", json!({ "model": "ada", "input": "Hi.", "stream": true })).await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    for (number, (name, event)) in events.iter().enumerate() {
        assert_eq!((&event["type"], &event["sequence_number"]), (&json!(name), &json!(number)));
    }
    let whole = &events[10].1["response"];
    assert_eq!(output(whole), "You said: Hi.");
    let (_, read) = client.get(&format!("/responses/{}", whole["id"].as_str().ok_or("an id")?)).await;
    assert_eq!(&read, whole);

    // What is taken back is an item that stays incomplete, and is not in the whole.
    let events =
        client.stream("/responses", json!({ "model": "ada", "input": "stammer", "stream": true })).await;
    let done: Vec<(&str, &str)> = events
        .iter()
        .filter(|(name, _)| name == "response.output_item.done")
        .map(|(_, event)| {
            (event["item"]["status"].as_str().unwrap(), event["item"]["content"][0]["text"].as_str().unwrap())
        })
        .collect();
    assert_eq!(done, [("incomplete", "Er, it"), ("completed", "It rains.")]);
    let whole = &events.last().ok_or("events")?.1["response"];
    assert_eq!((whole["output"].as_array().map(Vec::len), output(whole)), (Some(1), "It rains."));

    let events =
        client.stream("/responses", json!({ "model": "ada", "input": "fail", "stream": true })).await;
    let (name, failed) = events.last().ok_or("events")?;
    assert_eq!((name.as_str(), &failed["response"]["status"]), ("response.failed", &json!("failed")));
    agent.stop().await;
    Ok(())
}
