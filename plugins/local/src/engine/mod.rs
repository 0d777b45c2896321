//! What runs models: files, tokens, weights, answers.
//!
//! `file` reads the head of a GGUF file, `tokens` and `template` make a prompt, `weights` compute, `sample` and `grammar` choose,
//! `text` and `generate` make an answer of that, `loaded` keeps models and lets one answer at a time be made, `fetch` gets
//! files from the hub.

mod fetch;
mod file;
mod generate;
mod grammar;
mod loaded;
mod sample;
mod template;
mod text;
mod tokens;
mod weights;

use crate::{LocalError, Settings};
use fetch::Fetch;
use file::Gguf;
use galatea::{
    model::{ModelAnswer, ModelRequest, TextSink, Usage},
    prelude::Agent,
};
use loaded::{Model, broken};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::sync::OnceCell;

/// The longest schema that is told in words, too, in bytes; a longer one is only held to.
const TOLD: usize = 2000;

/// What runs the model of an agent.
pub(crate) struct Engine {
    settings: Arc<Settings>,
    path: PathBuf,
    /// Gets the file, where it is one of the hub.
    fetch: Option<Fetch>,
    model: OnceCell<Arc<Model>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Engine {
    /// Looks whether the file can be run, or can be had.
    pub(crate) async fn open(agent: &Agent, settings: Arc<Settings>) -> Result<Self, LocalError> {
        let fetch = Fetch::of(agent, &settings)?;
        let path =
            fetch.as_ref().map_or_else(|| PathBuf::from(&settings.model), |fetch| fetch.path().to_owned());
        if fetch.as_ref().is_none_or(Fetch::is_done) {
            let (path, tokenizer) = (path.clone(), settings.tokenizer.clone());
            let look = tokio::task::spawn_blocking(move || look(&path, tokenizer.as_deref()));
            look.await.map_err(|error| broken(&error))??;
        }
        Ok(Self { settings, path, fetch, model: OnceCell::new() })
    }

    /// Gets the file, where it is not here yet.
    pub(crate) async fn fetch(&self) -> Result<(), LocalError> {
        match &self.fetch {
            Some(fetch) => fetch.run().await,
            None => Ok(()),
        }
    }

    /// Answers a request; an object where the schema is not in the prompt yet.
    pub(crate) async fn converse(
        &self,
        is_object: bool,
        request: Arc<ModelRequest>,
        sink: TextSink,
    ) -> Result<ModelAnswer, LocalError> {
        let model = self.model().await?;
        let more = match request.schema().filter(|_| is_object).map(ToString::to_string) {
            Some(schema) if schema.len() <= TOLD => {
                format!("Answer with nothing but JSON that fits this schema: {schema}")
            }
            Some(_) => "Answer with nothing but JSON.".to_owned(),
            None => String::new(),
        };
        let prompt = model.prompt(&request, &more)?;
        let limit = model.longest.min(as_count(self.settings.context_tokens));
        let (length, wanted) = (prompt.len(), request.parameters.max_tokens);
        if length >= limit {
            return Err(LocalError::TooLong { tokens: length, limit });
        }
        let most = as_count(wanted.unwrap_or(self.settings.max_tokens)).min(limit - length);
        let made = model.answer(prompt, most, &request, &sink).await?;
        Ok(ModelAnswer {
            usage: Usage::new(length as u64, made.tokens as u64),
            cut: made.cut,
            model: model.name.clone(),
            ..ModelAnswer::text(made.text)
        })
    }

    /// The tokens of a text.
    pub(crate) async fn encode(&self, text: String) -> Result<ModelAnswer, LocalError> {
        let model = self.model().await?;
        let name = model.name.clone();
        let read = tokio::task::spawn_blocking(move || model.tokens.of_text(&text)).await;
        let tokens = read.map_err(|error| broken(&error))??;
        Ok(ModelAnswer { model: name, ..ModelAnswer::of_tokens(tokens) })
    }

    /// The text of tokens.
    pub(crate) async fn decode(&self, tokens: &[u32]) -> Result<ModelAnswer, LocalError> {
        let model = self.model().await?;
        Ok(ModelAnswer { model: model.name.clone(), ..ModelAnswer::text(model.tokens.text_of(tokens)) })
    }

    /// The model, loaded when it is first asked.
    async fn model(&self) -> Result<Arc<Model>, LocalError> {
        if let Some(fetch) = &self.fetch {
            fetch.done()?;
        }
        let load = || async {
            if let Some(wanted) = self.settings.sha256.clone() {
                let path = self.path.clone();
                let check = tokio::task::spawn_blocking(move || file::check_sum(&path, &wanted));
                check.await.map_err(|error| broken(&error))??;
            }
            Model::shared(&self.path, self.settings.tokenizer.as_deref()).await
        };
        self.model.get_or_try_init(load).await.map(Arc::clone)
    }
}

/// Whether a file can be run, as far as its head tells.
fn look(path: &Path, tokenizer: Option<&Path>) -> Result<(), LocalError> {
    let mut gguf = Gguf::open(path)?;
    weights::check(&gguf)?;
    let tokens = tokens::Tokens::of(&mut gguf, tokenizer)?;
    template::Template::of(&gguf, &tokens).map(drop)
}

fn as_count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
