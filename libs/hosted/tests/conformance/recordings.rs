//! Models behind HTTP, recorded once and repeated without a server.

use super::support::{KEY, Server, Wired};
use galatea::testing::{Recording, TestAgent, TestAgentBuilder, TestResult};
use galatea_openai::OpenAi;
use serde_json::json;

fn agent(url: &str) -> TestAgentBuilder {
    let config = json!({ "base-url": url, "api-key": KEY, "model": { "embedding": "" } });
    TestAgent::with::<OpenAi>().config::<OpenAi>(config).clock("2026-11-22T12:00:00Z")
}

#[tokio::test]
async fn a_hosted_model_is_recorded_and_repeated() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("hello.json");
    let fixtures = Wired::OpenAi.fixtures();
    let server = Server::start([Wired::OpenAi.stream(fixtures.stream)]).await;
    let recording = agent(&server.url).model(Recording::record(&file)).start().await?;
    recording.says("Hello!").await?.assert_replied(fixtures.text);
    recording.stop().await;
    let asked = server.got().len();
    assert!(asked > 0);
    let text = std::fs::read_to_string(&file)?;
    assert!(!text.contains(KEY) && text.contains(fixtures.text), "{text}");

    // Nobody listens there.
    let repeating = agent("http://127.0.0.1:9").model(Recording::repeat(&file)?).start().await?;
    let turn = repeating.says("Hello!").await?;
    turn.assert_replied(fixtures.text);
    assert_eq!(turn.record().model_calls[0].usage, fixtures.usage, "what was used is repeated too");
    assert_eq!(turn.streamed(), fixtures.text, "it is streamed as it was");
    let unknown = repeating.says("Goodbye!").await.unwrap_err().to_string();
    assert!(
        unknown.contains("hello.json does not hold this request") && unknown.contains("GALATEA_RECORD=1"),
        "{unknown}"
    );
    repeating.stop().await;
    assert_eq!(server.got().len(), asked, "the server is left alone");
    Ok(())
}
