//! What SQLite kept of a turn is enough to play it again.

use galatea::testing::{Script, TestAgent, TestResult, replay};
use galatea_sql::Sql;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_turn_plays_again() -> TestResult {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("ada.db").display());
    let script = Script::new().calls("SING", json!({ "loud": true })).says("I cannot sing.");
    let agent = TestAgent::with::<Sql>().config::<Sql>(json!({ "url": url })).model(script).start().await?;
    assert!(agent.store().description().contains("ada.db"), "{}", agent.store().description());
    let turn = agent.user("Ann").says("Sing!").await?;
    agent.settled().await?;
    let agent = agent.restarted().await?;
    let store = agent.store();
    let stored = store.run(turn.record().run).await?.ok_or("the run is stored")?;
    let replayed = replay(&stored, &store).await?;
    assert_eq!(replayed.replies, ["I cannot sing."]);
    assert_eq!(replayed.steps[0].action, "SING");
    agent.stop().await;
    Ok(())
}
