//! The models of an Ollama server, on this machine or another one: text, objects, vectors, descriptions of pictures.
//!
//! ```toml
//! [plugins.ollama]
//! enabled = { reachable = "http://127.0.0.1:11434" }
//! model.large = "qwen3:8b"          # default: the newest one that is there
//! [grants.ollama]
//! network = ["127.0.0.1"]
//! ```
//!
//! `docs/models-providers.md` has all keys, and what becomes of each failure.

mod settings;

pub use settings::{Models, Settings};

use galatea::prelude::*;
use galatea_hosted::{Host, describing, ollama};
use galatea_http::{Client, HttpError};
use tokio::sync::OnceCell;

/// The models of an Ollama server: text, objects, vectors, descriptions of pictures.
#[plugin(
    "ollama",
    requires(galatea_http::Http),
    permissions(Network(config = "base-url"), Network(config = "proxy")),
    config = Settings,
    priority = -50,
)]
pub struct Ollama;

/// The server, as this agent asks it.
#[derive(Debug)]
pub struct Server {
    host: Host,
    wire: ollama::Ollama,
    settings: Settings,
    /// The newest model that converses, once the server was asked.
    newest: OnceCell<String>,
}

/// Asks the server, within the limits of the config.
#[service(permission = Network, name = "ollama")]
impl Server {
    async fn start(config: Config<Ollama>, http: Client, clock: Clock) -> Result<Self, HttpError> {
        let settings = config.0.as_ref().clone();
        let host = Host::new(&http, clock, settings.setup())?;
        Ok(Self { host, wire: settings.wire(), settings, newest: OnceCell::new() })
    }

    /// The model for a kind: the one of the config, else the newest one of the server.
    async fn model(&self, kind: &ModelKind) -> Result<&str, ModelError> {
        match self.settings.named(kind) {
            Some(named) => Ok(named),
            None => self.newest.get_or_try_init(|| self.newest()).await.map(String::as_str),
        }
    }

    async fn newest(&self) -> Result<String, ModelError> {
        for name in self.wire.installed(&self.host).await? {
            if self.wire.talks(&self.host, &name).await? {
                return Ok(name);
            }
        }
        let why = "the Ollama server has no model that converses; get one with `ollama pull qwen3:8b`";
        Err(ModelError::Unavailable(why.to_owned()))
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
    server.host.ask(&server.wire, model, thinks, &request, &chunks).await
}

/// Says what pictures show.
#[model(ImageDescription, config = "model.vision")]
async fn describe(
    request: Request,
    chunks: Chunks,
    server: Service<Server>,
) -> Result<ModelAnswer, ModelError> {
    let model = server.settings.model.vision.as_deref().unwrap_or_default();
    server.host.ask(&server.wire, model, false, &describing(&request), &chunks).await
}

/// Makes vectors of texts.
#[model(TextEmbedding, config = "model.embedding")]
async fn embed(request: Request, server: Service<Server>) -> Result<ModelAnswer, ModelError> {
    let model = server.settings.model.embedding.as_deref().unwrap_or_default();
    server.wire.embed(&server.host, model, &request).await
}
