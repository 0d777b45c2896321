//! The models of any server that speaks as OpenAI does.
//!
//! ```toml
//! [plugins.openai-compatible]
//! base-url = "http://127.0.0.1:8080/v1"
//! tools = "schema"                        # for small models, which take no tools
//! [grants.openai-compatible]
//! network = ["127.0.0.1"]
//! ```
//!
//! `docs/models-providers.md` has all keys, and what becomes of each failure.

mod settings;

pub use settings::{Models, Settings, Tools};

use galatea::prelude::*;
use galatea_hosted::{
    Host, describing,
    openai::{Dialect, OpenAi},
};
use galatea_http::{Client, HttpError};
use serde::Deserialize;
use tokio::sync::OnceCell;

/// The models of any server that speaks as OpenAI does.
#[plugin(
    "openai-compatible",
    requires(galatea_http::Http),
    permissions(Network(config = "base-url"), Network(config = "proxy")),
    config = Settings,
    priority = 50,
)]
pub struct OpenAiCompatible;

const WIRE: OpenAi = OpenAi { dialect: Dialect::Compatible };

/// The server, as this agent asks it.
#[derive(Debug)]
pub struct Server {
    host: Host,
    settings: Settings,
    /// The first model that the server lists, once it was asked.
    listed: OnceCell<String>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    data: Vec<Model>,
}

#[derive(Debug, Deserialize)]
struct Model {
    id: String,
}

/// Asks the server, within the limits of the config.
#[service(permission = Network, name = "openai-compatible")]
impl Server {
    async fn start(config: Config<OpenAiCompatible>, http: Client, clock: Clock) -> Result<Self, HttpError> {
        let settings = config.0.as_ref().clone();
        Ok(Self { host: Host::new(&http, clock, settings.setup())?, settings, listed: OnceCell::new() })
    }

    /// The model for a kind: the one of the config, else the first one that the server has.
    async fn model(&self, kind: &ModelKind) -> Result<&str, ModelError> {
        let model = match self.settings.named(kind) {
            Some(named) => named,
            None => self.listed.get_or_try_init(|| self.first()).await?,
        };
        if self.settings.tools == Tools::Schema {
            self.host.without_tools(model);
        }
        Ok(model)
    }

    async fn first(&self) -> Result<String, ModelError> {
        let response = self.host.get("/models").await?;
        let listed: Listed = response.json().map_err(|error| ModelError::Unavailable(error.to_string()))?;
        let first = listed.data.into_iter().next().map(|model| model.id);
        first.ok_or_else(|| {
            ModelError::Unavailable("the server lists no model; name one as `model.large`".to_owned())
        })
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
    let model = server.model(&kind).await?;
    let thinks = matches!(*kind, ModelKind::ReasoningSmall | ModelKind::ReasoningLarge);
    server.host.ask(&WIRE, model, thinks, &request, &chunks).await
}

/// Says what pictures show.
#[model(ImageDescription, config = "model.vision")]
async fn describe(
    request: Request,
    chunks: Chunks,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    let model = server.settings.model.vision.as_deref().unwrap_or_default();
    server.host.ask(&WIRE, model, false, &describing(&request), &chunks).await
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

/// Writes down speech.
#[model(Transcription, config = "model.transcription")]
async fn transcribe(
    request: Request,
    sound: Attached,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    let model = server.settings.model.transcription.as_deref().unwrap_or_default();
    WIRE.transcribe(&server.host, model, &request, &sound).await
}

/// Speaks.
#[model(TextToSpeech, config = "model.speech")]
async fn speak(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    let Settings { model, voice, .. } = &server.settings;
    WIRE.speak(&server.host, model.speech.as_deref().unwrap_or_default(), voice, &request).await
}
