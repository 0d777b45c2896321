//! Models that are asked once and repeated from a file.

use galatea::{
    model::{Speaker, ToolCall},
    prelude::*,
    testing::{Recording, TestAgent, TestAgentBuilder, TestResult},
};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A model that costs money.
#[plugin("kit-oracle", config = Temple)]
pub struct Oracle;

/// How the oracle is asked.
#[config]
pub struct Temple {
    /// What it takes.
    #[serde(default)]
    pub key: Option<Secret>,
}

static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Looks something up, then says what it found.
#[model(TextSmall, TextLarge, tools, plugin = Oracle)]
async fn foretell(request: Request) -> ModelAnswer {
    ASKED.fetch_add(1, Ordering::SeqCst);
    let found = request.lines.iter().rev().find(|line| line.speaker == Speaker::Tool);
    if let Some(found) = found {
        return ModelAnswer::text(format!("I see {}, by my sk-TEST1234567890abc.", found.text));
    }
    let call = ToolCall {
        id: uuid::Uuid::now_v7().to_string(),
        name: "LOOK_AT_STARS".to_owned(),
        arguments: Default::default(),
    };
    ModelAnswer { calls: vec![call], ..ModelAnswer::default() }
}

/// Looks at the stars; every time under another number.
#[action(plugin = Oracle)]
async fn look_at_stars() -> String {
    format!("star {}", uuid::Uuid::now_v7())
}

/// Tells what should never be told.
#[provider(plugin = Oracle)]
async fn indiscretion(config: Config<Oracle>, clock: Clock) -> Context {
    let key = config.key.as_ref().map(Secret::expose).unwrap_or_default();
    Context::text(format!("The key is {key}. It is {}.", clock.now()))
}

fn oracle(key: &str) -> TestAgentBuilder {
    TestAgent::with::<Oracle>().config::<Oracle>(json!({ "key": key })).clock("2026-01-01T12:00:00Z")
}

#[tokio::test]
async fn a_secret_may_be_written_in_clear() -> TestResult {
    let agent = oracle("swordfish").start().await?;
    let file = agent.plan().plugin("kit-oracle").ok_or("planned")?.config["key"]["file"].clone();
    let file = std::path::PathBuf::from(file.as_str().ok_or("a file")?);
    let context = agent.context("INDISCRETION").await?;
    assert_eq!(context.text, "The key is swordfish. It is 2026-01-01T12:00:00Z.");
    let agent = agent.restarted().await?;
    assert!(file.is_file(), "a restart reads it again");
    agent.stop().await;
    assert!(!file.exists(), "it is gone with the agent");
    Ok(())
}

#[tokio::test]
async fn what_was_recorded_is_repeated() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("recordings/oracle.json");
    let mut files = Vec::new();
    for _ in 0..2 {
        let agent = oracle("swordfish").model(Recording::record(&path)).start().await?;
        let turn = agent.says("What will be?").await?;
        turn.assert_reply_contains("I see star ");
        agent.says("And then?").await?;
        agent.stop().await;
        files.push(std::fs::read_to_string(&path)?);
    }
    assert_eq!(without_stars(&files[0]), without_stars(&files[1]), "a new recording is the same file");
    for secret in ["swordfish", "sk-TEST"] {
        assert!(!files[1].contains(secret), "{secret} in {}", files[1]);
    }
    assert!(files[1].contains("The key is •••. It is 2026-01-01T12:00:00Z."), "{}", files[1]);

    let asked = ASKED.load(Ordering::SeqCst);
    // With another key: what is covered does not count.
    let agent = oracle("pike-perch").model(Recording::repeat(&path)?).start().await?;
    let turn = agent.says("What will be?").await?;
    turn.assert_ran("LOOK_AT_STARS");
    turn.assert_reply_contains("I see star ");
    let error = agent.says("What was?").await.expect_err("that was not recorded").to_string();
    assert!(
        error.contains("oracle.json does not hold this request: text-large was asked to Decide"),
        "{error}"
    );
    assert!(error.contains("\n  - \"And then?\"\n  + \"What was?\""), "{error}");
    assert!(error.contains("set GALATEA_RECORD=1"), "{error}");
    assert_eq!(ASKED.load(Ordering::SeqCst), asked, "the real model is left alone");
    agent.stop().await;
    Ok(())
}

/// The answers tell numbers that are new each time.
fn without_stars(text: &str) -> String {
    text.lines().filter(|line| !line.contains("\"text\": \"I see star")).collect()
}

#[tokio::test]
async fn a_file_that_is_none_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("x.json");
    for (text, wanted) in [
        (None, "no recording can be read from"),
        (Some("{}"), "missing field"),
        (Some(r#"{"galatea-recording": 2, "calls": []}"#), "it has form 2, this version reads form 1"),
    ] {
        if let Some(text) = text {
            std::fs::write(&path, text)?;
        }
        let error = Recording::repeat(&path).expect_err(wanted).to_string();
        assert!(error.contains(wanted) && error.contains("GALATEA_RECORD=1"), "{error}");
    }
    Ok(())
}
