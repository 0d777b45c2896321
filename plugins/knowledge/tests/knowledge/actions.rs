//! PROCESS_KNOWLEDGE and SEARCH_KNOWLEDGE.

use super::support::*;
use galatea::{
    memory::MemoryKind,
    testing::{Script, TestResult},
};
use galatea_knowledge::Knowledge;
use serde_json::json;

#[tokio::test]
async fn documents_are_read_when_somebody_says_so() -> TestResult {
    let folder = Folder::new(&[("faq.md", "# FAQ\n\nThe pool opens at nine.")]);
    let agent = agent(json!([]))
        .grant::<Knowledge>("filesystem", &folder.path().display().to_string())
        .model(
            Script::new()
                .calls("PROCESS_KNOWLEDGE", json!({ "source": folder.at("faq.md") }))
                .says("Done.")
                .calls("ADD_KNOWLEDGE", json!({ "source": "The lift is out of order." }))
                .says("Done.")
                .says("At nine [1]."),
        )
        .start()
        .await?;
    let turn = agent.says(&format!("Add the document {} to your knowledge", folder.at("faq.md"))).await?;
    let result = turn.result("PROCESS_KNOWLEDGE").ok_or("it did not run")?;
    assert_eq!(result.summary(), "I have read FAQ: 1 fragments.");
    let turn = agent.says("Add this to your knowledge: the lift is out of order").await?;
    assert_eq!(
        turn.result("PROCESS_KNOWLEDGE").ok_or("it did not run")?.summary(),
        "I have read The lift is out of order.: 1 fragments."
    );
    assert_eq!(count(&agent, MemoryKind::Fragment).await, 2);
    let turn = agent.says("When does the pool open?").await?;
    assert_eq!(cited(&turn)[0].heading, ["FAQ"]);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn only_who_may_and_only_what_is_granted() -> TestResult {
    let agent = agent(json!(["Alpha."])).start().await?;
    let process = async |user: &str, source: &str| -> TestResult<galatea::action::ActionResult> {
        Ok(agent
            .user(user)
            .in_room("lobby", galatea::memory::RoomKind::Group)
            .runs("PROCESS_KNOWLEDGE", json!({ "source": source }))
            .await?)
    };
    let refused = process("guest", "Poison.").await;
    let told = refused.map(|result| result.summary().to_owned()).unwrap_or_else(|error| error.to_string());
    assert!(told.contains("owner"), "{told}");
    assert_eq!(count(&agent, MemoryKind::Fragment).await, 1);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn the_documents_are_searched_and_cited() -> TestResult {
    let agent = agent(json!(["The pool opens at nine.", "The sauna opens at noon."]))
        .model(
            Script::new()
                .calls("SEARCH_KNOWLEDGE", json!({ "query": "sauna" }))
                .says("The sauna at noon [3]."),
        )
        .start()
        .await?;
    let turn = agent.says("Search your knowledge: when do pool and sauna open?").await?;
    let result = turn.result("SEARCH_KNOWLEDGE").ok_or("it did not run")?;
    assert_eq!(result.text.as_deref(), Some("[3] The sauna opens at noon.\nThe sauna opens at noon."));
    assert_eq!(cited(&turn)[0].source, "The sauna opens at noon.", "labels go on where the provider's end");
    let nothing = agent.run_action("SEARCH_KNOWLEDGE", json!({ "query": "xylophone" })).await;
    drop(nothing);
    agent.stop().await;
    Ok(())
}
