//! What an agent has of this API.

use crate::{OpenAiApi, Settings, Streaming, error, openapi, router};
use galatea::prelude::*;
use galatea_server::{HttpServer, MountError, Part};
use std::sync::Arc;

/// Where the API is.
pub(crate) const AT: &str = "/v1";

/// The API of one agent: how it is set.
#[derive(Debug)]
pub struct OpenAiFront {
    settings: Arc<Settings>,
}

/// The settings of an agent's OpenAI API, for who answers in its name.
#[service]
impl OpenAiFront {
    async fn start(config: Config<OpenAiApi>, server: Service<HttpServer>) -> Result<Self, MountError> {
        server.mount(Part {
            at: AT,
            about: "the OpenAI API; each agent is a model",
            router: router::router,
            openapi: Some(openapi::document),
            errors: Some(error::refusal),
        })?;
        Ok(Self { settings: config.0 })
    }

    /// Whether a turn ends when the program that asked for it goes away.
    #[must_use]
    pub fn cancels_when_gone(&self) -> bool {
        self.settings.cancel_when_gone
    }

    /// How replies are streamed.
    #[must_use]
    pub fn streaming(&self) -> Streaming {
        self.settings.stream
    }
}
