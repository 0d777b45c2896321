//! Models that are loaded: each file once a process, however many agents name it.

use super::{
    file::Gguf,
    generate::{Asked, Made, Sign, generate},
    grammar::Grammars,
    template::Template,
    tokens::Tokens,
    weights::{self, Weights},
};
use crate::LocalError;
use galatea::model::{ModelRequest, TextSink};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::SystemTime,
};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore, mpsc};

/// What was loaded, or is being loaded. A file that was changed is another one.
static LOADED: LazyLock<Mutex<BTreeMap<Key, Loading>>> = LazyLock::new(Mutex::default);

/// A model that is loaded, or will be.
type Loading = Arc<OnceCell<Arc<Model>>>;

/// A file and how it is read: its path, the tokenizer's, when it was changed, its length.
type Key = (PathBuf, Option<PathBuf>, Option<SystemTime>, u64);

/// A model that is loaded.
pub(super) struct Model {
    /// Its file's name, without the ending.
    pub(super) name: String,
    pub(super) tokens: Tokens,
    /// The most tokens that it was made for.
    pub(super) longest: usize,
    template: Template,
    grammars: Grammars,
    weights: Mutex<Weights>,
    /// Held by the one answer that is made.
    turn: Arc<Semaphore>,
}

/// What goes wrong in a thread besides what is foreseen.
pub(super) fn broken(error: &tokio::task::JoinError) -> LocalError {
    LocalError::Compute(format!("it broke off: {error}"))
}

impl Model {
    /// The model of a file, loaded if it is not yet.
    pub(super) async fn shared(path: &Path, tokenizer: Option<&Path>) -> Result<Arc<Self>, LocalError> {
        let unreadable = |error| LocalError::Unreadable { path: path.to_owned(), error };
        let there = std::fs::metadata(path).map_err(unreadable)?;
        let file = path.canonicalize().map_err(unreadable)?;
        let key = (file, tokenizer.map(Path::to_owned), there.modified().ok(), there.len());
        let (path, json) = (path.to_owned(), key.1.clone());
        let cell = {
            let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(loaded.entry(key).or_default())
        };
        let load = || async {
            let loaded = tokio::task::spawn_blocking(move || Self::load(&path, json.as_deref())).await;
            loaded.map_err(|error| broken(&error))?.map(Arc::new)
        };
        cell.get_or_try_init(load).await.map(Arc::clone)
    }

    fn load(path: &Path, tokenizer: Option<&Path>) -> Result<Self, LocalError> {
        let mut gguf = Gguf::open(path)?;
        weights::check(&gguf)?;
        let tokens = Tokens::of(&mut gguf, tokenizer)?;
        let template = Template::of(&gguf, &tokens)?;
        let (grammars, longest) = (Grammars::of(&tokens)?, weights::longest(&gguf));
        let weights = Weights::load(&mut gguf)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        tracing::info!(model = name, longest, "model loaded");
        Ok(Self {
            name,
            tokens,
            longest,
            template,
            grammars,
            weights: Mutex::new(weights),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// The prompt of a request, as tokens.
    pub(super) fn prompt(&self, request: &ModelRequest, more: &str) -> Result<Vec<u32>, LocalError> {
        self.tokens.of_prompt(&self.template.write(&self.tokens, request, more)?)
    }

    /// Makes an answer of at most so many tokens; before it, those of others are made.
    pub(super) async fn answer(
        self: &Arc<Self>,
        prompt: Vec<u32>,
        most: usize,
        request: &Arc<ModelRequest>,
        sink: &TextSink,
    ) -> Result<Made, LocalError> {
        let turn = Arc::clone(&self.turn).acquire_owned().await;
        let turn = turn.map_err(|error| LocalError::Compute(error.to_string()))?;
        let (tell, mut signs) = mpsc::unbounded_channel();
        let (model, request, left) = (Arc::clone(self), Arc::clone(request), sink.clone());
        let work = move || model.work(turn, &prompt, most, &request, &|| left.is_cancelled(), &tell);
        let working = tokio::task::spawn_blocking(work);
        while let Some(sign) = signs.recv().await {
            match sign {
                Sign::Alive => sink.alive(),
                Sign::Text(text) => sink.send(text).await,
            }
        }
        working.await.map_err(|error| broken(&error))?
    }

    /// Makes an answer in this thread. The turn is given back at its end, also where nobody waits for it any more.
    fn work(
        &self,
        turn: OwnedSemaphorePermit,
        prompt: &[u32],
        most: usize,
        request: &ModelRequest,
        is_left: &dyn Fn() -> bool,
        tell: &mpsc::UnboundedSender<Sign>,
    ) -> Result<Made, LocalError> {
        let hold = request.schema().map(|schema| self.grammars.hold(schema)).transpose()?;
        let asked = Asked { prompt, most, parameters: &request.parameters, hold };
        let mut weights = self.weights.lock().unwrap_or_else(PoisonError::into_inner);
        // Who does not read any more does not wait either: `is_left` tells so.
        let made = generate(&mut weights, &self.tokens, asked, is_left, &mut |sign| drop(tell.send(sign)));
        drop((weights, turn));
        made
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

    use super::*;
    use galatea::model::{Parameters, Purpose};
    use galatea_llama_testkit::Llama;
    use std::cell::Cell;

    async fn model() -> (PathBuf, Arc<Model>) {
        let path = tokio::task::spawn_blocking(Llama::model).await.unwrap().unwrap();
        let model = Model::shared(&path, None).await.unwrap();
        (path, model)
    }

    #[tokio::test]
    async fn a_file_is_loaded_once_whatever_it_is_called() {
        let (path, one) = model().await;
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link.gguf");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (two, three) = tokio::join!(Model::shared(&link, None), Model::shared(&path, None));
        assert!(Arc::ptr_eq(&one, &two.unwrap()) && Arc::ptr_eq(&one, &three.unwrap()));
    }

    #[tokio::test]
    async fn who_is_left_stops_at_once() {
        let (_, model) = model().await;
        let request = ModelRequest {
            parameters: Parameters { temperature: Some(0.0), ..Parameters::default() },
            ..ModelRequest::new(Purpose::Reply, "Count to a thousand. ".repeat(30))
        };
        let prompt = model.prompt(&request, "").unwrap();
        // Within the prompt, at the first token, in the middle of the answer: each step tells one sign.
        let parts = prompt.len().div_ceil(64);
        assert!(parts > 2, "{parts}");
        for most in [0, 1, parts, parts + 1, parts + 5] {
            let signs = Cell::new(0);
            let asked = Asked { prompt: &prompt, most: 500, parameters: &request.parameters, hold: None };
            let mut weights = model.weights.lock().unwrap();
            let is_left = || signs.get() >= most;
            let made =
                generate(&mut weights, &model.tokens, asked, &is_left, &mut |_| signs.set(signs.get() + 1));
            assert!(matches!(made, Err(LocalError::Cancelled)), "{most}: {made:?}");
            assert_eq!(signs.get(), most);
        }
    }
}
