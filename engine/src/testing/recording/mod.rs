//! Models whose answers were recorded once.
//!
//! `file` is what stands in the file, `stable` makes requests comparable and takes secrets out.

mod file;
mod stable;

use super::{
    TestError,
    difference::differences,
    double::{Asked, DoubleError, ModelDouble, RealModels},
    stand_in::locked,
};
use crate::model::ModelAnswer;
use async_trait::async_trait;
use file::{Call, Calls};
use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

/// The environment variable that, set to `1`, makes [`Recording::open`] ask the real models.
pub const RECORD: &str = "GALATEA_RECORD";

/// How many differences a request that is not recorded is explained with.
const MOST_DIFFERENCES: usize = 5;

/// The agent's own models, recorded: asked once, and from then on repeated from a file.
///
/// With `GALATEA_RECORD=1` in the environment the models of the agent's plugins are asked, and every request with its answer
/// is written to the file; else the file answers, streamed where the model streamed. A request that is not in it fails the test
/// and names the difference.
///
/// The file is JSON in an order of its own, so that a new recording is a small diff. Ids that are made anew in every run have
/// numbers in it; what looks like a secret, and every secret that the character refers to, is covered. Give the agent a
/// [`clock`](super::TestAgentBuilder::clock), so that prompts that tell the time stay the same; one file belongs to one agent.
///
/// ```
/// # use galatea::testing::{Recording, TestAgent, TestError, TestResult};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("hello.json");
/// # std::fs::write(&path, r#"{"galatea-recording": 1, "calls": []}"#)?;
/// let agent = TestAgent::from_toml("name = \"Ada\"").model(Recording::open(&path)?).start().await?;
/// let error = agent.says("Hello!").await.expect_err("nothing is recorded");
/// assert!(error.to_string().contains("set GALATEA_RECORD=1"), "{error}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    records: bool,
    calls: Mutex<Calls>,
    /// The secrets of the agent, once they are known.
    secrets: tokio::sync::OnceCell<Vec<String>>,
}

impl Recording {
    /// The recording in a file: a new one if the environment says [`RECORD`]`=1`, else the one that is there.
    ///
    /// # Errors
    /// If there is none, or the file is not one.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TestError> {
        if std::env::var(RECORD).is_ok_and(|value| value == "1") {
            Ok(Self::record(path))
        } else {
            Self::repeat(path)
        }
    }

    /// A new recording, whatever the environment says. The file is written at every answer.
    #[must_use]
    pub fn record(path: impl AsRef<Path>) -> Self {
        Self::with(path.as_ref(), true, Calls::default())
    }

    /// The recording that is there, whatever the environment says.
    ///
    /// # Errors
    /// If there is none, or the file is not one.
    pub fn repeat(path: impl AsRef<Path>) -> Result<Self, TestError> {
        let path = path.as_ref();
        let calls = Calls::read(path).map_err(|why| {
            let path = path.display();
            TestError::Wrong(format!(
                "no recording can be read from {path}: {why}; set {RECORD}=1 to make one"
            ))
        })?;
        Ok(Self::with(path, false, calls))
    }

    fn with(path: &Path, records: bool, calls: Calls) -> Self {
        Self {
            path: path.to_owned(),
            records,
            calls: Mutex::new(calls),
            secrets: tokio::sync::OnceCell::new(),
        }
    }

    /// Asks the real models and writes down what they say.
    async fn ask(&self, asked: &Asked, real: &RealModels) -> Result<ModelAnswer, DoubleError> {
        let answer = real.ask(asked).await?;
        let secrets = self.secrets.get_or_init(|| stable::secrets_of(real.agent().clone())).await;
        let request = stable::request(&asked.request, secrets);
        let streamed = asked.sink.is_open() && asked.sink.was_used();
        let call = Call::new(&asked.kind, request, stable::answer(&answer, secrets), streamed);
        let mut calls = locked(&self.calls);
        calls.add(call);
        calls.write(&self.path).map_err(|error| {
            DoubleError::Unforeseen(format!("{} cannot be written: {error}", self.path.display()))
        })?;
        Ok(answer)
    }

    /// Says what was written down.
    async fn say_again(&self, asked: &Asked, real: &RealModels) -> Result<ModelAnswer, DoubleError> {
        let (answer, streamed) = self.find(asked, real).await?;
        if streamed && asked.sink.is_open() {
            // Word by word: where the pieces once ended might tell a secret that is covered in the text.
            for word in answer.text.split_inclusive(' ') {
                asked.sink.send(word).await;
            }
        }
        Ok(answer)
    }

    async fn find(&self, asked: &Asked, real: &RealModels) -> Result<(ModelAnswer, bool), DoubleError> {
        let secrets = self.secrets.get_or_init(|| stable::secrets_of(real.agent().clone())).await;
        let request = stable::request(&asked.request, secrets);
        let mut calls = locked(&self.calls);
        if let Some(answer) = calls.answer(&asked.kind, &request) {
            return Ok(answer);
        }
        let mut told = format!("{} does not hold this request: {}", self.path.display(), asked.told());
        if let Some(nearest) = calls.nearest(&asked.kind, &request) {
            told.push_str("\nthe most similar one there differs in");
            for difference in differences(nearest, &request).iter().take(MOST_DIFFERENCES) {
                told.push_str(&format!("\n{difference}"));
            }
        }
        told.push_str(&format!("\nset {RECORD}=1 to record it anew"));
        Err(DoubleError::Unforeseen(told))
    }
}

#[async_trait]
impl ModelDouble for Recording {
    async fn answer(&self, asked: &Asked, real: &RealModels) -> Result<ModelAnswer, DoubleError> {
        let answer = if self.records {
            self.ask(asked, real).await?
        } else {
            let mut answer = self.say_again(asked, real).await?;
            // Within a turn every call has an id of its own, however often an answer is given.
            for call in &mut answer.calls {
                call.id = format!("call-{}", uuid::Uuid::now_v7().simple());
            }
            answer
        };
        Ok(answer)
    }
}
