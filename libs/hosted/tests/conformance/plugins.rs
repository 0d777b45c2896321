//! The plugins in agents: which kinds they serve with which config, what they send, and what they never tell.

use super::support::{Answer, KEY, Server, Wired};
use galatea::{
    definition::Plugin,
    model::{Effort, ModelError, ModelKind, ModelRequest, Parameters, Purpose, TextSink},
    testing::{TestAgent, TestResult},
};
use galatea_anthropic::Anthropic;
use galatea_google_genai::GoogleGenAi;
use galatea_ollama::Ollama;
use galatea_openai::OpenAi;
use galatea_openai_compatible::OpenAiCompatible;
use galatea_openrouter::OpenRouter;
use serde_json::{Value, json};

async fn agent<P: Plugin>(server: &Server, more: Value) -> Result<TestAgent, galatea::testing::TestError> {
    let mut config = json!({ "base-url": server.url });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    TestAgent::with::<P>().config::<P>(config).real_models().start().await
}

fn kinds<P: Plugin>(agent: &TestAgent) -> Vec<String> {
    agent.plan().plugin(P::NAME).unwrap().components.models.clone()
}

const TEXTS: [&str; 7] = [
    "image-description",
    "object-large",
    "object-small",
    "reasoning-large",
    "reasoning-small",
    "text-large",
    "text-small",
];

#[tokio::test]
async fn a_plugin_serves_what_its_config_names() -> TestResult {
    let server = Server::start([]).await;
    let key = || json!({ "api-key": KEY });
    let all = agent::<OpenAi>(&server, key()).await?;
    let more = ["image", "text-embedding", "text-to-speech", "transcription"];
    for one in TEXTS.iter().chain(&more) {
        assert!(kinds::<OpenAi>(&all).iter().any(|kind| kind == one), "{one}");
    }
    let fewer =
        agent::<OpenAi>(&server, json!({ "api-key": KEY, "model": { "embedding": "", "image": "" } }))
            .await?;
    assert!(!kinds::<OpenAi>(&fewer).iter().any(|kind| kind == "text-embedding" || kind == "image"));
    let mut texts = kinds::<Anthropic>(&agent::<Anthropic>(&server, key()).await?);
    texts.sort();
    assert_eq!(texts, TEXTS);
    let router = agent::<OpenRouter>(&server, key()).await?;
    assert!(!kinds::<OpenRouter>(&router).contains(&"text-embedding".to_owned()));
    let local = agent::<Ollama>(&server, json!({ "model": { "embedding": "nomic-embed-text" } })).await?;
    assert!(kinds::<Ollama>(&local).contains(&"text-embedding".to_owned()));
    let bare = agent::<OpenAiCompatible>(&server, json!({})).await?;
    assert!(!kinds::<OpenAiCompatible>(&bare).contains(&"text-embedding".to_owned()));
    assert!(kinds::<OpenAiCompatible>(&bare).contains(&"text-large".to_owned()));
    // What is not served is not registered: nothing answers, and says what would.
    let told = bare
        .generate(ModelKind::TextEmbedding, ModelRequest::embedding(["x"]), None, TextSink::default())
        .await;
    assert!(matches!(told, Err(ModelError::NoModel { .. })), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn each_size_has_its_model() -> TestResult {
    for (wired, kind, wanted) in [
        (Wired::OpenAi, ModelKind::TextSmall, "gpt-6-luna"),
        (Wired::OpenAi, ModelKind::TextLarge, "gpt-6-sol"),
        (Wired::Anthropic, ModelKind::ObjectSmall, "claude-haiku-5-5"),
        (Wired::Anthropic, ModelKind::ReasoningLarge, "claude-opus-5-5"),
        (Wired::OpenRouter, ModelKind::TextLarge, "openai/gpt-6-sol"),
        (Wired::Gemini, ModelKind::TextLarge, "gemini-3.8-flash"),
        (Wired::Compatible, ModelKind::TextSmall, "mine"),
        (Wired::Ollama, ModelKind::TextLarge, "mine"),
    ] {
        let server = Server::start([Answer::json(wired.fixtures().whole)]).await;
        let key = json!({ "api-key": KEY });
        let own = json!({ "model": { "large": "mine" } });
        let agent = match wired {
            Wired::OpenAi => agent::<OpenAi>(&server, key).await?,
            Wired::Anthropic => agent::<Anthropic>(&server, key).await?,
            Wired::OpenRouter => agent::<OpenRouter>(&server, key).await?,
            Wired::Gemini => agent::<GoogleGenAi>(&server, key).await?,
            Wired::Compatible => agent::<OpenAiCompatible>(&server, own).await?,
            Wired::Ollama => agent::<Ollama>(&server, own).await?,
        };
        let request = ModelRequest::new(Purpose::Reply, "Hello!");
        let answer = agent.generate(kind.clone(), request, None, TextSink::default()).await;
        // An object is no greeting; the engine says so. What was asked is what counts here.
        assert!(answer.is_ok(), "{wired:?} {kind}: {answer:?}");
        let got = server.got()[0].clone();
        let named = got.path.contains(wanted) || got.json()["model"] == wanted;
        assert!(named, "{wired:?} {kind}: {} {}", got.path, got.json());
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn an_account_is_named_in_headers() -> TestResult {
    let server = Server::start([Answer::json(Wired::OpenAi.fixtures().whole)]).await;
    let config = json!({ "api-key": KEY, "organisation": "org-1", "project": "proj_2", "headers": { "x-team": "weather" } });
    let agent = agent::<OpenAi>(&server, config).await?;
    let mut request = ModelRequest::new(Purpose::Reply, "Hello!");
    request.parameters = Parameters { effort: Some(Effort::Low), ..Parameters::default() };
    agent.generate(ModelKind::TextLarge, request, None, TextSink::default()).await?;
    let got = server.last();
    assert_eq!(got.path, "/chat/completions");
    let headers =
        ["authorization", "openai-organization", "openai-project", "x-team"].map(|name| got.header(name));
    assert_eq!(headers, [&format!("Bearer {KEY}"), "org-1", "proj_2", "weather"]);
    assert_eq!(got.json()["reasoning_effort"], "low");
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_refused_is_not_shown() -> TestResult {
    let body = json!({ "error": { "message": format!("Incorrect API key provided: {KEY}") } });
    let server = Server::start([Answer::json(body).status(401)]).await;
    let agent = agent::<OpenAi>(&server, json!({ "api-key": KEY })).await?;
    let request = ModelRequest::new(Purpose::Reply, "Hello!");
    let told = agent
        .generate(ModelKind::TextLarge, request, None, TextSink::default())
        .await
        .unwrap_err()
        .to_string();
    assert!(told.contains("the model refused the credentials: Incorrect API key provided: •••"), "{told}");
    let shown = format!("{told} {:?} {:?}", agent.plan(), agent.report());
    assert!(!shown.contains(KEY));
    Ok(())
}

#[tokio::test]
async fn without_a_name_the_first_model_that_converses_answers() -> TestResult {
    // https://docs.ollama.com/api/tags, https://docs.ollama.com/api/show
    let tags = json!({ "models": [{ "name": "nomic-embed-text:latest" }, { "name": "gemma4:latest" }] });
    let server = Server::start([
        Answer::json(tags),
        Answer::json(json!({ "capabilities": ["embedding"] })),
        Answer::json(json!({ "capabilities": ["completion", "tools"] })),
        Answer::json(Wired::Ollama.fixtures().whole),
    ])
    .await;
    let agent1 = agent::<Ollama>(&server, json!({})).await?;
    for _ in 0..2 {
        let request = ModelRequest::new(Purpose::Reply, "Hello!");
        agent1.generate(ModelKind::TextLarge, request, None, TextSink::default()).await?;
    }
    let paths: Vec<String> = server.got().iter().map(|got| got.path.clone()).collect();
    assert_eq!(paths, ["/api/tags", "/api/show", "/api/show", "/api/chat", "/api/chat"]);
    assert_eq!(server.last().json()["model"], "gemma4:latest");

    let server = Server::start([
        Answer::json(json!({ "object": "list", "data": [{ "id": "smollm2", "object": "model" }] })),
        Answer::json(Wired::Compatible.fixtures().whole),
    ])
    .await;
    let agent2 = agent::<OpenAiCompatible>(&server, json!({})).await?;
    let request = ModelRequest::new(Purpose::Reply, "Hello!");
    agent2.generate(ModelKind::TextLarge, request, None, TextSink::default()).await?;
    assert_eq!(server.got()[0].path, "/models");
    assert_eq!(server.last().json()["model"], "smollm2");
    Ok(())
}

#[tokio::test]
async fn all_of_them_live_in_one_agent() -> TestResult {
    let server = Server::start([Answer::json(Wired::Compatible.fixtures().whole)]).await;
    let (keyed, bare) =
        (json!({ "base-url": server.url, "api-key": KEY }), json!({ "base-url": server.url }));
    let agent = TestAgent::with::<OpenAi>()
        .config::<OpenAi>(keyed.clone())
        .config::<Anthropic>(keyed.clone())
        .config::<GoogleGenAi>(keyed.clone())
        .config::<OpenRouter>(keyed)
        .config::<Ollama>(bare.clone())
        .config::<OpenAiCompatible>(bare)
        .real_models()
        .start()
        .await?;
    let request = ModelRequest::new(Purpose::Reply, "Hello!");
    let answer = agent.generate(ModelKind::TextLarge, request, None, TextSink::default()).await?;
    assert_eq!(answer.text, "Hello.", "the one of the highest rank answers");
    assert_eq!(server.got()[0].path, "/models", "which asks for its model first");
    Ok(())
}
