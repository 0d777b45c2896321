//! What an agent has of these routes.

use crate::{ElizaApi, Settings, failure, openapi, router, sessions::Lasting};
use galatea::prelude::*;
use galatea_server::{HttpServer, MountError, Part};
use std::sync::Arc;

/// The elizaOS routes of one agent: how they are set.
#[derive(Debug)]
pub struct ElizaFront {
    settings: Arc<Settings>,
}

/// The settings of an agent's elizaOS routes, for who answers in its name.
#[service]
impl ElizaFront {
    async fn start(config: Config<ElizaApi>, server: Service<HttpServer>) -> Result<Self, MountError> {
        server.mount(Part {
            at: "/api",
            about: "the routes of elizaOS 1.7.2 for its client",
            router: router::router,
            openapi: Some(openapi::document),
            errors: Some(failure::refusal),
        })?;
        Ok(Self { settings: config.0 })
    }

    /// How long sessions last that do not say it themselves.
    #[must_use]
    pub(crate) fn lasting(&self) -> Lasting {
        Lasting {
            timeout_minutes: f64::from(self.settings.session_timeout),
            auto_renew: self.settings.session_renews,
            max_duration_minutes: f64::from(self.settings.session_longest),
            warning_threshold_minutes: f64::from(self.settings.session_warning),
        }
    }
}
