//! What the agent hears of what a program sends again and again.

use super::support::{Client, ada, agent, assistant, lines, user};
use galatea::{store::Store, testing::TestResult};
use galatea_openai_api::OpenAiApi;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_conversation_with_a_key_is_heard_once() -> TestResult {
    let (agent, client) = ada().await;
    let one = client.chat(json!({ "user": "grace", "messages": [user("One.")] })).await;
    // The whole conversation again, as most programs do.
    client.chat(json!({ "user": "grace", "messages": [user("One."), assistant(&one), user("Two.")] })).await;
    assert_eq!(lines(&agent), ["grace: One.", "Ada: You said: One.", "grace: Two."]);
    // Only what is new, as some do.
    client.chat(json!({ "user": "grace", "messages": [user("Three.")] })).await;
    assert_eq!(lines(&agent).len(), 5);
    // By metadata, another conversation of the same person.
    client
        .chat(json!({ "user": "grace", "metadata": { "conversation": "b" }, "messages": [user("Four.")] }))
        .await;
    assert_eq!(lines(&agent), ["grace: Four."]);
    client.chat(json!({ "metadata": { "conversation": "b" }, "messages": [user("Five.")] })).await;
    assert_eq!(lines(&agent), ["grace: Four.", "Ada: You said: Four.", "loopback: Five."]);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn without_a_key_each_request_has_its_own_past() -> TestResult {
    let (agent, client) = ada().await;
    let body = json!({ "messages": [user("One."), assistant("Yes?"), user("Two."), user("Three.")] });
    assert_eq!(client.chat(body).await, "You said: Three.");
    assert_eq!(lines(&agent), ["loopback: One.", "Ada: Yes?", "loopback: Two.", "loopback: Three."]);
    client.chat(json!({ "messages": [user("Four.")] })).await;
    assert_eq!(lines(&agent), ["loopback: Four."]);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_was_not_answered_is_not_heard_twice() -> TestResult {
    let (agent, client) = ada().await;
    let failed =
        client.post("/chat/completions", json!({ "model": "ada", "user": "g", "messages": [user("hang")] }));
    // The program gives up.
    assert!(tokio::time::timeout(std::time::Duration::from_millis(300), failed).await.is_err());
    agent.settled().await?;
    client.chat(json!({ "user": "g", "messages": [user("hang"), user("Are you there?")] })).await;
    assert_eq!(lines(&agent), ["g: hang", "g: Are you there?"]);
    client.chat(json!({ "user": "g", "messages": [user("One."), user("One."), user("Two.")] })).await;
    assert_eq!(lines(&agent)[3..], ["g: One.", "g: One.", "g: Two."]);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_was_told_of_the_past_is_not_answered_after_a_restart() -> TestResult {
    let store: Arc<dyn Store> = Arc::new(galatea::store::InMemory::new());
    let first = agent("Ada").store(Arc::clone(&store)).start().await?;
    let client = Client::of(&first);
    client.chat(json!({ "user": "g", "messages": [user("One."), user("Two.")] })).await;
    first.stop().await;
    assert_eq!(store.unfinished().await?, vec![]);
    Ok(())
}

#[tokio::test]
async fn a_program_that_goes_away_ends_the_turn_if_that_is_wanted() -> TestResult {
    for (wanted, status) in [(true, "cancelled"), (false, "running")] {
        let agent = agent("Ada").config::<OpenAiApi>(json!({ "cancel-when-gone": wanted })).start().await?;
        let client = Client::of(&agent);
        let hang = json!({ "model": "ada", "stream": true, "messages": [user("hang")] });
        let mut stream = client.send("POST", "/chat/completions", Some(&hang), &[]).await;
        assert!(stream.chunk().await?.is_some());
        drop(stream);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let runs = agent.store().runs(None, 10).await?;
        let statuses: Vec<&str> = runs.iter().map(|run| run.status.as_str()).collect();
        assert_eq!(statuses, [status], "cancel-when-gone = {wanted}");
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn twenty_conversations_at_once_do_not_mix() -> TestResult {
    let (agent, client) = ada().await;
    let asked = (0..20).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            for turn in 0..3 {
                let said = format!("{number}.{turn}");
                let body =
                    json!({ "metadata": { "conversation": number.to_string() }, "messages": [user(&said)] });
                assert_eq!(client.chat(body).await, format!("You said: {said}"));
            }
        })
    });
    for one in asked.collect::<Vec<_>>() {
        one.await?;
    }
    let rooms = agent.store().rooms().await?;
    assert_eq!(rooms.iter().filter(|room| room.source == "api").count(), 20);
    let roles: Value = serde_json::to_value(&agent.store().worlds().await?[0].roles)?;
    assert_eq!(roles.as_object().ok_or("roles")?.len(), 1, "the owner sits at this machine: {roles}");
    agent.stop().await;
    Ok(())
}
