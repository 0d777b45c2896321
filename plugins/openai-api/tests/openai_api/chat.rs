//! Models and whole answers.

use super::support::{Client, ada, agent, context, user};
use galatea::{memory::MemoryKind, store::MemoryQuery, testing::TestResult};
use serde_json::{Value, json};

#[tokio::test]
async fn agents_are_models() -> TestResult {
    let agent = agent("Ada Lovelace").start().await?;
    let client = Client::of(&agent);
    let (status, list) = client.get("/models").await;
    assert_eq!((status.as_u16(), &list["object"]), (200, &json!("list")));
    let model = &list["data"][0];
    assert_eq!((&model["id"], &model["object"]), (&json!("ada-lovelace"), &json!("model")));
    for name in ["ada-lovelace", "Ada%20Lovelace", &agent.id().to_string()] {
        let (status, one) = client.get(&format!("/models/{name}")).await;
        assert_eq!((status.as_u16(), &one), (200, model), "{name}");
    }
    let (status, missing) = client.get("/models/gpt-4o").await;
    assert_eq!(status, 404);
    assert_eq!(
        missing,
        json!({ "error": {
            "message": "The model `gpt-4o` does not exist or you do not have access to it. Here are: ada-lovelace.",
            "type": "invalid_request_error", "param": "model", "code": "model_not_found",
        } })
    );
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_chat_is_a_turn_of_the_agent() -> TestResult {
    let (agent, client) = ada().await;
    let body = json!({
        "model": "Ada", "user": "grace", "temperature": 0.2, "unknown": { "to": "us" }, "tools": [],
        "messages": [{ "role": "system", "content": "Answer in German." }, user("Hello!")],
    });
    let (status, answer) = client.post("/chat/completions", body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "ada");
    let choice = &answer["choices"][0];
    assert_eq!(
        (&choice["message"]["content"], &choice["finish_reason"]),
        (&json!("You said: Hello!"), &json!("stop"))
    );
    assert!(choice["message"].get("tool_calls").is_none());
    let usage = &answer["usage"];
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"], &usage["total_tokens"]),
        (&json!(10), &json!(5), &json!(15))
    );
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 4);
    assert!(
        context(&agent).contains("# Instructions of the application")
            && context(&agent).contains("Answer in German.")
    );

    // Said without instructions, none are told.
    client.chat(json!({ "user": "grace", "messages": [user("Again.")] })).await;
    assert!(!context(&agent).contains("German"));
    let said = agent
        .store()
        .memories(&MemoryQuery { kind: Some(MemoryKind::Message), ..MemoryQuery::default() })
        .await?;
    let people = agent.store().entities(&[said[0].entity]).await?;
    assert_eq!(people[0].names, ["grace"]);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn actions_run_inside_and_are_told_to_who_asks() -> TestResult {
    let (agent, client) = ada().await;
    let ask = |metadata: Value| json!({ "model": "ada", "messages": [user("How is the weather?")], "metadata": metadata });
    let (_, plain) = client.post("/chat/completions", ask(json!({}))).await;
    assert_eq!(plain["choices"][0]["message"]["content"], "Let me look. One moment.\n\nIt rains.");
    assert!(plain.get("galatea").is_none());
    assert_eq!(plain["usage"]["total_tokens"], 30, "two model calls");
    let (_, told) = client.post("/chat/completions", ask(json!({ "galatea.events": "true" }))).await;
    assert_eq!(told["galatea"]["actions"][0]["action"], "LOOK");
    assert_eq!(told["galatea"]["actions"][0]["status"], "completed");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn pictures_and_files_are_attachments() -> TestResult {
    let (agent, client) = ada().await;
    client
        .chat(json!({ "messages": [{ "role": "user", "content": [
            { "type": "text", "text": "What is this?" },
            { "type": "image_url", "image_url": { "url": "https://example.com/cat.webp?size=2", "detail": "low" } },
            { "type": "file", "file": { "filename": "log.pdf", "file_data": "JVBERg==" } },
        ] }] }))
        .await;
    let said = agent
        .store()
        .memories(&MemoryQuery { kind: Some(MemoryKind::Message), ..MemoryQuery::default() })
        .await?;
    let attached = &said[0].content.attachments;
    let types: Vec<_> =
        attached.iter().map(|it| (it.id.as_str(), it.media_type.as_deref().unwrap())).collect();
    assert_eq!(types, [("1", "image/webp"), ("2", "application/pdf")]);
    assert_eq!(attached[1].title.as_deref(), Some("log.pdf"));
    assert_eq!(attached[1].url, "data:application/pdf;base64,JVBERg==");
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_heard_once() -> TestResult {
    let (agent, client) = ada().await;
    let body = json!({ "model": "ada", "user": "grace", "messages": [user("Before."), user("Hello!")] });
    let key = [("idempotency-key", "once")];
    let sendings = (0..4).map(|_| {
        let (client, body) = (client.clone(), body.clone());
        tokio::spawn(async move {
            client.send("POST", "/chat/completions", Some(&body), &key).await.json::<Value>().await.unwrap()
        })
    });
    let mut answers = Vec::new();
    for sending in sendings.collect::<Vec<_>>() {
        answers.push(sending.await?);
    }
    for answer in &answers {
        assert_eq!(answer["choices"][0]["message"]["content"], "You said: Hello!", "{answer}");
        assert_eq!(answer["id"], answers[0]["id"]);
    }
    let messages = MemoryQuery { kind: Some(MemoryKind::Message), ..MemoryQuery::default() };
    assert_eq!(agent.store().count_memories(&messages).await?, 3, "before, the question, the answer");
    let other = json!({ "model": "ada", "messages": [user("Something else.")] });
    let refused = client.send("POST", "/chat/completions", Some(&other), &key).await;
    assert_eq!((refused.status().as_u16(), refused.headers()["x-should-retry"].to_str()?), (409, "false"));
    assert_eq!(refused.json::<Value>().await?["error"]["code"], "idempotency_key_reused");
    agent.stop().await;
    Ok(())
}
