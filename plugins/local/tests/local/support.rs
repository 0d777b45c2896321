use galatea::{
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, Parameters, Purpose, TextSink},
    testing::{TestAgent, TestError},
};
use galatea_llama_testkit::Llama;
use galatea_local::Local;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// The real model.
pub(crate) async fn model() -> PathBuf {
    tokio::task::spawn_blocking(Llama::model).await.unwrap().unwrap()
}

/// An agent with the real model, and more in its config.
pub(crate) async fn agent(more: Value) -> TestAgent {
    let config = TestAgent::with::<Local>().config::<Local>(json!({ "model": model().await }));
    config.config::<Local>(more).real_models().patience(Duration::from_secs(300)).start().await.unwrap()
}

/// Why an agent with this config does not start.
pub(crate) async fn refused(config: Value) -> String {
    match TestAgent::with::<Local>().config::<Local>(config).real_models().start().await {
        Ok(_) => "it started".to_owned(),
        Err(error) => told(&error),
    }
}

pub(crate) fn told(error: &TestError) -> String {
    error.to_string()
}

/// A request whose answer is always the same.
pub(crate) fn asked(text: &str, max_tokens: u32) -> ModelRequest {
    let parameters =
        Parameters { temperature: Some(0.0), max_tokens: Some(max_tokens), ..Parameters::default() };
    let system = "You are Ada, who keeps the weather log of an observatory.".to_owned();
    ModelRequest { system, parameters, ..ModelRequest::new(Purpose::Reply, text) }
}

pub(crate) async fn ask(agent: &TestAgent, request: ModelRequest) -> Result<ModelAnswer, ModelError> {
    agent.generate(ModelKind::TextLarge, request, None, TextSink::default()).await
}
