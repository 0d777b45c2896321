//! The model of an agent, and what it is asked.

use crate::{Local, LocalError, engine::Engine};
use galatea::prelude::*;

/// The model of an agent.
#[derive(Debug)]
pub struct LocalModel {
    engine: Engine,
}

/// Looks whether the model can be run; fetches it where the character says so. It is loaded when it is first asked.
#[service(timeout = "60s")]
impl LocalModel {
    async fn start(agent: Agent, config: Config<Local>) -> Result<Self, LocalError> {
        Ok(Self { engine: Engine::open(&agent, config.0).await? })
    }

    /// Fetches the model, where it is one of the hub that is not here yet.
    async fn run(&self) -> Result<(), LocalError> {
        self.engine.fetch().await
    }
}

/// Converses, and fills in objects.
#[model(TextSmall, TextLarge, ObjectSmall, ObjectLarge)]
pub async fn converse(
    kind: AskedKind,
    request: Request,
    chunks: Chunks,
    model: Service<LocalModel>,
) -> Result<ModelAnswer, ModelError> {
    let is_object = matches!(*kind, ModelKind::ObjectSmall | ModelKind::ObjectLarge);
    Ok(model.engine.converse(is_object, request.0, chunks.0).await?)
}

/// Reads a text as the model's tokens.
#[model(TokenizerEncode)]
pub async fn encode(request: Request, model: Service<LocalModel>) -> Result<ModelAnswer, ModelError> {
    Ok(model.engine.encode(request.texts().collect::<Vec<_>>().join("\n")).await?)
}

/// Writes the model's tokens as a text.
#[model(TokenizerDecode)]
pub async fn decode(request: Request, model: Service<LocalModel>) -> Result<ModelAnswer, ModelError> {
    Ok(model.engine.decode(&request.tokens).await?)
}
