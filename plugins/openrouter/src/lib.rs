//! The models behind OpenRouter: text, objects, vectors, pictures.
//!
//! ```toml
//! [plugins.openrouter]
//! enabled = { env = "OPENROUTER_API_KEY" }
//! api-key = { env = "OPENROUTER_API_KEY" }
//! model.large = "anthropic/claude-sonnet-5.5"
//! [grants.openrouter]
//! network = ["openrouter.ai"]
//! ```
//!
//! `docs/models-providers.md` has all keys, and what becomes of each failure.

mod settings;

pub use settings::{Models, Settings};

use galatea::prelude::*;
use galatea_hosted::{
    Host, describing,
    openai::{Dialect, OpenAi},
};
use galatea_http::{Client, HttpError};

/// The models behind OpenRouter: text, objects, vectors, pictures.
#[plugin(
    "openrouter",
    requires(galatea_http::Http),
    permissions(Network(config = "base-url"), Network(config = "proxy")),
    config = Settings,
    priority = 30,
)]
pub struct OpenRouter;

const WIRE: OpenAi = OpenAi { dialect: Dialect::OpenRouter };

/// OpenRouter's server, as this agent asks it.
#[derive(Debug)]
pub struct Server {
    host: Host,
    settings: Settings,
}

/// Asks the server, within the limits of the config.
#[service(permission = Network, name = "openrouter")]
impl Server {
    async fn start(config: Config<OpenRouter>, http: Client, clock: Clock) -> Result<Self, HttpError> {
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
    server.host.ask(&WIRE, model, thinks, &request, &chunks).await
}

/// Says what pictures show.
#[model(ImageDescription)]
async fn describe(
    request: Request,
    chunks: Chunks,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    server.host.ask(&WIRE, &server.settings.model.vision, false, &describing(&request), &chunks).await
}

/// Makes vectors of texts.
#[model(TextEmbedding, config = "model.embedding")]
async fn embed(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    let model = server.settings.model.embedding.as_deref().unwrap_or_default();
    WIRE.embed(&server.host, model, &request).await
}

/// Makes pictures.
#[model(Image, config = "model.image")]
async fn draw(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    let model = server.settings.model.image.as_deref().unwrap_or_default();
    WIRE.image(&server.host, model, &request).await
}
