//! The models of Google: text, objects, vectors, pictures, speech.
//!
//! ```toml
//! [plugins.google-genai]
//! enabled = { env = "GEMINI_API_KEY" }
//! api-key = { env = "GEMINI_API_KEY" }
//! [grants.google-genai]
//! network = ["generativelanguage.googleapis.com"]
//! ```
//!
//! `docs/models-providers.md` has all keys, and what becomes of each failure.

mod settings;

pub use settings::{Models, Settings};

use galatea::prelude::*;
use galatea_hosted::{Gemini, Host, describing};
use galatea_http::{Client, HttpError};

/// The models of Google: text, objects, vectors, pictures, speech.
#[plugin(
    "google-genai",
    requires(galatea_http::Http),
    permissions(Network(config = "base-url"), Network(config = "proxy")),
    config = Settings,
    priority = 10,
)]
pub struct GoogleGenAi;

/// Google's server, as this agent asks it.
#[derive(Debug)]
pub struct Server {
    host: Host,
    settings: Settings,
}

/// Asks the server, within the limits of the config.
#[service(permission = Network, name = "google-genai")]
impl Server {
    async fn start(config: Config<GoogleGenAi>, http: Client, clock: Clock) -> Result<Self, HttpError> {
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
    server.host.ask(&Gemini, model, thinks, &request, &chunks).await
}

/// Says what pictures show.
#[model(ImageDescription)]
async fn describe(
    request: Request,
    chunks: Chunks,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    server.host.ask(&Gemini, &server.settings.model.vision, false, &describing(&request), &chunks).await
}

/// Makes vectors of texts.
#[model(TextEmbedding, config = "model.embedding")]
async fn embed(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    Gemini.embed(&server.host, &server.settings.model.embedding, &request).await
}

/// Makes pictures.
#[model(Image, config = "model.image")]
async fn draw(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    Gemini.image(&server.host, &server.settings.model.image, &request).await
}

/// Writes down speech.
#[model(Transcription, config = "model.transcription")]
async fn transcribe(
    request: Request,
    sound: Attached,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    Gemini.transcribe(&server.host, &server.settings.model.transcription, &request, &sound).await
}

/// Speaks.
#[model(TextToSpeech, config = "model.speech")]
async fn speak(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    let Settings { model, voice, .. } = &server.settings;
    Gemini.speak(&server.host, &model.speech, voice, &request).await
}
