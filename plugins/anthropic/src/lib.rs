//! The models of Anthropic: text, objects, descriptions of pictures.
//!
//! ```toml
//! [plugins.anthropic]
//! enabled = { env = "ANTHROPIC_API_KEY" }
//! api-key = { env = "ANTHROPIC_API_KEY" }
//! [grants.anthropic]
//! network = ["api.anthropic.com"]
//! ```
//!
//! `docs/models-providers.md` has all keys, and what becomes of each failure.

mod settings;

pub use settings::{Models, Settings};

use galatea::prelude::*;
use galatea_hosted::{Host, describing};
use galatea_http::{Client, HttpError};

/// The models of Anthropic: text, objects, descriptions of pictures.
#[plugin(
    "anthropic",
    requires(galatea_http::Http),
    permissions(Network(config = "base-url"), Network(config = "proxy")),
    config = Settings,
    priority = 40,
)]
pub struct Anthropic;

/// Anthropic's server, as this agent asks it.
#[derive(Debug)]
pub struct Server {
    host: Host,
    settings: Settings,
}

/// Asks the server, within the limits of the config.
#[service(permission = Network, name = "anthropic")]
impl Server {
    async fn start(config: Config<Anthropic>, http: Client, clock: Clock) -> Result<Self, HttpError> {
        let settings = config.0.as_ref().clone();
        Ok(Self { host: Host::new(&http, clock, settings.setup())?, settings })
    }
}

/// Converses, thinks, and fills in objects.
#[model(TextSmall, TextLarge, ReasoningSmall, ReasoningLarge, ObjectSmall, ObjectLarge, tools)]
async fn converse(
    kind: AskedKind,
    request: Request,
    chunks: Chunks,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    let (model, thinks) = server.settings.sizes().of(&kind);
    server.host.ask(&server.settings.wire(), model, thinks, &request, &chunks).await
}

/// Says what pictures show.
#[model(ImageDescription)]
async fn describe(
    request: Request,
    chunks: Chunks,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    let Settings { model, .. } = &server.settings;
    server.host.ask(&server.settings.wire(), &model.vision, false, &describing(&request), &chunks).await
}
