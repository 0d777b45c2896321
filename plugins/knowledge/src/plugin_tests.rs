//! What `galatea test knowledge` runs.

use crate::{Documents, Knowledge};
use galatea::{
    prelude::*,
    service::kind::KnowledgeBase,
    testing::{PluginTest, Script, TestResult, kind::check_knowledge},
};
use serde_json::json;

/// Tells the model what a text of the character says, and puts the source into the reply.
#[plugin_test]
async fn answers_with_its_source(test: PluginTest) -> TestResult {
    let sources = json!(["Dogs are welcome in the garden of the house.", "The ferry leaves from pier four."]);
    let agent = test
        .agent()
        .config::<Knowledge>(json!({ "sources": sources }))
        .model(Script::new().says("Yes, in the garden [1]."))
        .start()
        .await?;
    let turn = agent.says("May I bring my dogs into the garden?").await?;
    turn.assert_replied("Yes, in the garden [1].");
    let reply = turn.messages().first().ok_or("no reply")?;
    let cited = reply.content.extra.get("citations").cloned().ok_or("no citation")?;
    assert_eq!(cited[0]["source"], "Dogs are welcome in the garden of the house.", "{cited}");
    agent.stop().await;
    Ok(())
}

/// Keeps what a service for knowledge promises.
#[plugin_test]
async fn keeps_its_promises(test: PluginTest) -> TestResult {
    let agent = test.agent().start().await?;
    let documents = agent.service::<Documents>().ok_or("no service")?;
    let documents: &dyn KnowledgeBase = documents.as_ref();
    check_knowledge(documents).await?;
    agent.stop().await;
    Ok(())
}
