//! Vectors of texts for Galatea agents, made in the program: no key, no download, no network.
//!
//! ```toml
//! [plugins.embedding]
//! fallback = "text-embedding"    # only if nothing else serves that kind
//! ```
//!
//! The plugin `embedding` serves `text-embedding` with a table of word vectors that was distilled from the sentence model
//! all-MiniLM-L6-v2: a sentence takes microseconds, and the table costs nothing before the first one. It finds what means the same in other words better
//! than a search for words does, and what is spelt the same worse: use both, fused by rank. `docs/embeddings.md` has the figures.
//!
//! With the feature `minilm` there is a second plugin, `minilm`, which runs a whole sentence model where its files
//! are given.
//!
//! Every answer names its model ([`ModelAnswer::model`](galatea::model::ModelAnswer)); vectors of different names or lengths cannot be compared.

#[cfg(feature = "minilm")]
pub mod minilm;
mod model;
pub mod table;
mod tokens;

pub use model::StaticModel;
pub use table::TableError;

use galatea::prelude::*;

/// Texts longer than this, all of a request together and in bytes, are taken off the threads that turns run on.
const MUCH: usize = 1 << 16;

/// Settings of the embedding table; all have defaults.
#[config]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How many numbers of each vector are kept, the first being the weightiest; default all. Fewer take less space and time,
    /// and find less.
    #[serde(default)]
    #[schemars(range(min = 32, max = 176))]
    pub dimension: Option<u16>,
}

/// Vectors of texts from a table in the program: no key, no download, microseconds a sentence.
#[plugin("embedding", config = Settings, priority = -100)]
pub struct Embedding;

/// Adds the vectors of a text's words.
#[model(TextEmbedding)]
async fn embed(request: Request, config: Config<Embedding>) -> Result<ModelAnswer, ModelError> {
    let model = StaticModel::shipped().map_err(|error| ModelError::Unavailable(error.to_string()))?;
    let model = match config.dimension {
        Some(dimension) => model.cut(usize::from(dimension)),
        None => model,
    };
    let name = model.name().into_owned();
    let vectors = if request.texts().map(str::len).sum::<usize>() < MUCH {
        request.texts().map(|text| model.embed(text)).collect()
    } else {
        let texts: Vec<String> = request.texts().map(str::to_owned).collect();
        let work = move || texts.iter().map(|text| model.embed(text)).collect();
        tokio::task::spawn_blocking(work).await.map_err(|error| ModelError::Unavailable(error.to_string()))?
    };
    Ok(ModelAnswer { model: name, ..ModelAnswer::of_vectors(vectors) })
}
