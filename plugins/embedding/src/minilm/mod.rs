//! Sentence models in process: all-MiniLM-L6-v2 and what is built like it.
//!
//! ```toml
//! [plugins.minilm]
//! folder = "models/all-MiniLM-L6-v2"
//! ```
//!
//! A model is a folder as sentence-transformers saves it: a BERT with `config.json`, `tokenizer.json` and `model.safetensors`. It is read when
//! the agent starts, which takes a fraction of a second, and needs about twice the size of its weights in memory. Without the feature `minilm`
//! of this crate the plugin is not there.

mod encoder;
mod files;

pub use encoder::Encoder;
pub use files::{Files, FilesError};

use galatea::prelude::*;
use std::{path::PathBuf, sync::Arc};

/// Settings of the sentence model.
#[config]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The folder with `config.json`, `tokenizer.json` and `model.safetensors`; a relative one is below the working directory.
    pub folder: PathBuf,
    /// The SHA-256 of `model.safetensors`, as 64 hexadecimal digits; other weights are refused. Default: any, and the log says which.
    #[serde(default)]
    pub sha256: Option<String>,
    /// The most texts that are computed at once; more need more memory. Default 16.
    #[serde(default = "sixteen")]
    #[schemars(range(min = 1, max = 256))]
    pub batch: u16,
}

fn sixteen() -> u16 {
    16
}

/// Vectors of texts from a sentence model in process, whose files are in a folder.
#[plugin("minilm", config = Settings)]
pub struct MiniLm;

/// Why there are no vectors.
#[derive(Debug, thiserror::Error)]
pub enum MiniLmError {
    /// The files are not there, or not what they should be.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A text cannot be read as tokens.
    #[error("the tokenizer failed: {0}")]
    Tokens(String),
    /// The computation failed.
    #[error("the sentence model failed: {0}")]
    Compute(#[from] candle_core::Error),
    /// The thread that computed is gone.
    #[error("the sentence model stopped: {0}")]
    Gone(#[from] tokio::task::JoinError),
}

/// The sentence model of an agent.
#[derive(Debug)]
pub struct SentenceModel {
    encoder: Arc<Encoder>,
}

/// Reads the files of the sentence model once, when the agent starts.
#[service(plugin = MiniLm, timeout = "60s")]
impl SentenceModel {
    async fn start(config: Config<MiniLm>) -> Result<Self, MiniLmError> {
        let settings = config.0.as_ref().clone();
        let opened = tokio::task::spawn_blocking(move || {
            let files = Files::find(&settings.folder, settings.sha256.as_deref())?;
            tracing::info!(folder = %settings.folder.display(), sha256 = files.sha256(), "sentence model found");
            Encoder::open(&files, usize::from(settings.batch))
        });
        Ok(Self { encoder: Arc::new(opened.await??) })
    }

    /// Its name, as it is recorded with vectors: `minilm-` and the beginning of the checksum of the weights.
    #[must_use]
    pub fn name(&self) -> &str {
        self.encoder.name()
    }

    /// The vectors of texts, in their order, each of length one.
    ///
    /// # Errors
    /// [`MiniLmError`].
    pub async fn encode(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, MiniLmError> {
        let encoder = Arc::clone(&self.encoder);
        tokio::task::spawn_blocking(move || encoder.encode(&texts)).await?
    }
}

/// Runs the sentence model over the texts.
#[model(TextEmbedding, plugin = MiniLm)]
async fn embed(request: Request, model: Service<SentenceModel>) -> Result<ModelAnswer, ModelError> {
    let vectors = model.encode(request.texts().map(str::to_owned).collect()).await;
    let vectors = vectors.map_err(|error| ModelError::Unavailable(error.to_string()))?;
    Ok(ModelAnswer { model: model.name().to_owned(), ..ModelAnswer::of_vectors(vectors) })
}
