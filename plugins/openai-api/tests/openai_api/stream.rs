//! Chats as streams.

use super::support::{Client, ada, agent, user};
use galatea::testing::TestResult;
use galatea_openai_api::OpenAiApi;
use serde_json::{Value, json};

/// The text of a stream as a program puts it together.
fn text(chunks: &[(String, Value)]) -> String {
    chunks.iter().filter_map(|(_, chunk)| chunk["choices"][0]["delta"]["content"].as_str()).collect()
}

fn ask(said: &str, more: Value) -> Value {
    let mut body = json!({ "model": "ada", "stream": true, "messages": [user(said)] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn a_stream_comes_in_pieces_and_ends_as_openai_ends_it() -> TestResult {
    let (agent, client) = ada().await;
    let chunks = client
        .stream("/chat/completions", ask("Hello!", json!({ "stream_options": { "include_usage": true } })))
        .await;
    assert_eq!(text(&chunks), "You said: Hello!");
    assert!(chunks.len() >= 6, "{chunks:#?}");
    assert_eq!(chunks[0].1["choices"][0]["delta"]["role"], "assistant");
    assert!(chunks.iter().all(|(name, _)| name.is_empty()));
    let [.., (_, last), (_, usage), (_, done)] = chunks.as_slice() else { return Err("an end".into()) };
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!((&usage["choices"], &usage["usage"]["total_tokens"]), (&json!([]), &json!(15)));
    assert_eq!(done, "[DONE]");
    assert_eq!(last["id"], chunks[0].1["id"]);

    let chunks = client.stream("/chat/completions", ask("Hello!", json!({}))).await;
    assert!(chunks.iter().all(|(_, chunk)| chunk.get("usage").is_none()), "only who asks is told");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_taken_back_stays_apart_from_what_is_said() -> TestResult {
    let (agent, client) = ada().await;
    let chunks = client.stream("/chat/completions", ask("weather", json!({}))).await;
    assert_eq!(text(&chunks), "Let me look. One moment.\n\nIt rains.", "two things are said");
    assert!(chunks.iter().all(|(_, chunk)| chunk.get("galatea").is_none()), "and nothing is taken back");

    let chunks = client.stream("/chat/completions", ask("stammer", json!({}))).await;
    assert_eq!(text(&chunks), "Er, it\n\nIt rains.");
    let told = chunks.iter().find_map(|(_, chunk)| chunk.get("galatea")).ok_or("what was said")?;
    assert_eq!(told, &json!({ "event": "said", "text": "It rains." }));

    let settled = ask("stammer", json!({ "metadata": { "galatea.settled": "true" } }));
    let chunks = client.stream("/chat/completions", settled).await;
    assert_eq!(text(&chunks), "It rains.");
    assert!(chunks.iter().all(|(_, chunk)| chunk.get("galatea").is_none()));
    agent.stop().await;

    let agent =
        super::support::agent("Ada").config::<OpenAiApi>(json!({ "stream": "settled" })).start().await?;
    let chunks = Client::of(&agent).stream("/chat/completions", ask("stammer", json!({}))).await;
    assert_eq!(text(&chunks), "It rains.");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_the_agent_does_is_told_to_who_asks() -> TestResult {
    let (agent, client) = ada().await;
    let asked = ask("weather", json!({ "stream_options": { "galatea.events": true } }));
    let chunks = client.stream("/chat/completions", asked).await;
    let events: Vec<&str> =
        chunks.iter().filter_map(|(_, chunk)| chunk["galatea"]["event"].as_str()).collect();
    assert_eq!(events, ["started", "action-started", "action-completed", "ended"]);
    assert!(
        chunks.iter().all(
            |(_, chunk)| chunk == "[DONE]" || chunk["choices"].as_array().is_some_and(|it| it.len() == 1)
        )
    );
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_turn_that_fails_ends_the_stream_with_an_error() -> TestResult {
    let agent = agent("Ada").start().await?;
    let chunks = Client::of(&agent).stream("/chat/completions", ask("fail", json!({}))).await;
    let (_, last) = chunks.last().ok_or("chunks")?;
    assert_eq!(
        (&last["error"]["type"], &last["error"]["code"]),
        (&json!("server_error"), &json!("turn_failed"))
    );
    agent.stop().await;
    Ok(())
}
