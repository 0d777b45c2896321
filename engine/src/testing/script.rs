//! A model whose answers a test writes down.

use super::{
    double::{Asked, DoubleError, ModelDouble, RealModels},
    stand_in::locked,
};
use crate::{
    extract::IntoModelAnswer,
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, Purpose, ToolCall},
};
use async_trait::async_trait;
use serde_json::Value;
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// A model whose answers a test writes down, in the order in which they are given.
///
/// Unless [`on`](Self::on) says otherwise, the question whether to respond is answered with `RESPOND`, reflection finds
/// nothing, and everything else takes the next answer. A request for which no answer is left fails the test and shows
/// itself.
///
/// ```
/// # use galatea::testing::{Script, TestAgent, TestResult};
/// # use galatea::model::{ModelError, Purpose};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"")
///     .model(
///         Script::new()
///             .says("Good morning.")
///             .fails(ModelError::Unavailable("no electricity".to_owned()))
///             .answers(|request| format!("You said: {}", request.last_user_text()))
///             .when("time", Script::new().says("It is ten.").forever())
///             .on(Purpose::ShouldRespond, Script::new().says("IGNORE").forever()),
///     )
///     .start()
///     .await?;
/// agent.says("Hello!").await?.assert_replied("Good morning.");
/// agent.says("What time is it?").await?.assert_replied("It is ten.");
/// agent.says("And now?").await?.assert_replied("I cannot answer that now: the model is unavailable: no electricity.");
/// agent.says("Parrot!").await?.assert_replied("You said: Parrot!");
/// let error = agent.says("One more?").await.expect_err("no answer is left");
/// assert!(error.to_string().contains("One more?"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Script(Mutex<Lines>, AtomicU64);

#[derive(Debug, Default)]
struct Lines {
    answers: VecDeque<(Answer, Left)>,
    purposes: Vec<(Purpose, Self)>,
    kinds: Vec<(ModelKind, Self)>,
    cases: Vec<(String, Self)>,
}

/// How often an answer is still given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Times(u32),
    Always,
}

/// Makes an answer out of a request.
type Compute = Arc<dyn Fn(&ModelRequest) -> Result<ModelAnswer, ModelError> + Send + Sync>;

#[derive(Clone)]
enum Answer {
    Given(Box<ModelAnswer>),
    Streamed(Vec<String>),
    Failure(Arc<ModelError>),
    Silence,
    Computed(Compute),
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(answer) => fmt::Debug::fmt(answer, f),
            Self::Streamed(pieces) => fmt::Debug::fmt(pieces, f),
            Self::Failure(error) => fmt::Debug::fmt(error, f),
            Self::Silence => f.write_str("silence"),
            Self::Computed(_) => f.write_str("computed"),
        }
    }
}

impl Script {
    /// A script without answers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers with a text.
    #[must_use]
    pub fn says(self, text: impl Into<String>) -> Self {
        self.gives(ModelAnswer::text(text))
    }

    /// Asks for one action. `arguments` is a JSON object; anything else is no argument at all.
    #[must_use]
    pub fn calls(self, action: &str, arguments: Value) -> Self {
        self.calls_all([(action, arguments)])
    }

    /// Asks for several actions in one answer, in this order.
    #[must_use]
    pub fn calls_all<'a>(self, calls: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let calls = calls.into_iter().map(|(action, arguments)| ToolCall {
            id: String::new(),
            name: action.to_owned(),
            arguments: arguments.as_object().cloned().unwrap_or_default(),
        });
        self.gives(ModelAnswer { calls: calls.collect(), ..ModelAnswer::default() })
    }

    /// Answers with JSON as text.
    #[must_use]
    pub fn json(self, value: Value) -> Self {
        self.says(value.to_string())
    }

    /// Gives this answer. Calls without an id get one.
    #[must_use]
    pub fn gives(self, answer: ModelAnswer) -> Self {
        self.push(Answer::Given(Box::new(answer)))
    }

    /// Fails.
    #[must_use]
    pub fn fails(self, error: ModelError) -> Self {
        self.push(Answer::Failure(Arc::new(error)))
    }

    /// Never answers; the model's time limit or the turn's ends the wait.
    #[must_use]
    pub fn hangs(self) -> Self {
        self.push(Answer::Silence)
    }

    /// Answers piece by piece.
    #[must_use]
    pub fn streams(self, pieces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.push(Answer::Streamed(pieces.into_iter().map(Into::into).collect()))
    }

    /// Answers what a function makes of the request: a text, a whole [`ModelAnswer`], or a `Result` of these.
    #[must_use]
    pub fn answers<A: IntoModelAnswer>(
        self,
        answer: impl Fn(&ModelRequest) -> A + Send + Sync + 'static,
    ) -> Self {
        self.push(Answer::Computed(Arc::new(move |request| answer(request).into_model_answer())))
    }

    /// Gives the last answer so many times.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        self.last_is_left(Left::Times(times))
    }

    /// Gives the last answer for ever; what is written after it is never reached.
    #[must_use]
    pub fn forever(self) -> Self {
        self.last_is_left(Left::Always)
    }

    /// Where the last message contains a text, in any case: this script first, as long as it has answers.
    #[must_use]
    pub fn when(self, containing: &str, script: Self) -> Self {
        let lines = script.into_lines();
        self.change(|own| own.cases.push((containing.to_lowercase(), lines)))
    }

    /// What is asked for a purpose gets its answers from this script only.
    #[must_use]
    pub fn on(self, purpose: Purpose, script: Self) -> Self {
        let lines = script.into_lines();
        self.change(|own| own.purposes.push((purpose, lines)))
    }

    /// What is asked of a kind of model gets its answers from this script only.
    #[must_use]
    pub fn on_kind(self, kind: ModelKind, script: Self) -> Self {
        let lines = script.into_lines();
        self.change(|own| own.kinds.push((kind, lines)))
    }

    fn push(self, answer: Answer) -> Self {
        self.change(|own| own.answers.push_back((answer, Left::Times(1))))
    }

    fn last_is_left(self, wanted: Left) -> Self {
        self.change(|own| {
            if let Some((_, left)) = own.answers.back_mut() {
                *left = wanted;
            }
        })
    }

    fn change(self, change: impl FnOnce(&mut Lines)) -> Self {
        change(&mut locked(&self.0));
        self
    }

    fn into_lines(self) -> Lines {
        std::mem::take(&mut locked(&self.0))
    }

    /// The answer with an id for each call that has none.
    fn with_ids(&self, mut answer: ModelAnswer) -> ModelAnswer {
        for call in answer.calls.iter_mut().filter(|call| call.id.is_empty()) {
            call.id = format!("call-{}", self.1.fetch_add(1, Ordering::Relaxed) + 1);
        }
        answer
    }
}

#[async_trait]
impl ModelDouble for Script {
    async fn answer(&self, asked: &Asked, _real: &RealModels) -> Result<ModelAnswer, DoubleError> {
        let next = locked(&self.0).next(asked);
        let answer = next.ok_or_else(|| {
            DoubleError::Unforeseen(format!("the script of the test has no answer left: {}", asked.told()))
        })?;
        match answer {
            Answer::Given(answer) => Ok(self.with_ids(*answer)),
            Answer::Computed(compute) => Ok(self.with_ids(compute(&asked.request)?)),
            Answer::Failure(error) => Err(DoubleError::Model(same(&error))),
            Answer::Silence => std::future::pending().await,
            Answer::Streamed(pieces) => {
                for piece in &pieces {
                    asked.sink.send(piece.as_str()).await;
                }
                Ok(ModelAnswer::text(pieces.concat()))
            }
        }
    }
}

impl Lines {
    fn next(&mut self, asked: &Asked) -> Option<Answer> {
        let purpose = &asked.request.purpose;
        if let Some((_, own)) = self.kinds.iter_mut().find(|(kind, _)| *kind == asked.kind) {
            return own.take(asked);
        }
        if let Some((_, own)) = self.purposes.iter_mut().find(|(wanted, _)| wanted == purpose) {
            return own.take(asked);
        }
        match purpose {
            Purpose::ShouldRespond => Some(Answer::Given(Box::new(ModelAnswer::text("RESPOND")))),
            Purpose::Reflect => {
                Some(Answer::Given(Box::new(ModelAnswer::text(r#"{"facts": [], "relationships": []}"#))))
            }
            Purpose::Decide | Purpose::Reply | Purpose::Embed | Purpose::Other(_) => self.take(asked),
        }
    }

    /// The next answer of the case that applies, else of the script itself.
    fn take(&mut self, asked: &Asked) -> Option<Answer> {
        let said = asked.request.last_user_text().to_lowercase();
        let mut cases = self.cases.iter_mut().filter(|(containing, _)| said.contains(containing.as_str()));
        if let Some(answer) = cases.find_map(|(_, own)| own.take(asked)) {
            return Some(answer);
        }
        loop {
            match self.answers.front_mut()? {
                (answer, Left::Always) => return Some(answer.clone()),
                (_, Left::Times(0)) => drop(self.answers.pop_front()),
                (answer, Left::Times(times)) => {
                    *times -= 1;
                    return Some(answer.clone());
                }
            }
        }
    }
}

/// The same error once more; errors cannot be cloned.
fn same(error: &ModelError) -> ModelError {
    match error {
        ModelError::NoModel { kind } => ModelError::NoModel { kind: kind.clone() },
        ModelError::UnknownProvider { kind, provider, known } => ModelError::UnknownProvider {
            kind: kind.clone(),
            provider: provider.clone(),
            known: known.clone(),
        },
        ModelError::RateLimited { retry_after } => ModelError::RateLimited { retry_after: *retry_after },
        ModelError::Unauthorized(why) => ModelError::Unauthorized(why.clone()),
        ModelError::TooLong { limit, why } => ModelError::TooLong { limit: *limit, why: why.clone() },
        ModelError::Rejected(why) => ModelError::Rejected(why.clone()),
        ModelError::Unavailable(why) => ModelError::Unavailable(why.clone()),
        ModelError::Timeout(limit) => ModelError::Timeout(*limit),
        ModelError::Stalled(limit) => ModelError::Stalled(*limit),
        ModelError::Resting { left, why } => ModelError::Resting { left: *left, why: why.clone() },
        ModelError::Unfit(why) => ModelError::Unfit(why.clone()),
        ModelError::OverBudget(over) => ModelError::OverBudget(over.clone()),
        ModelError::Cancelled => ModelError::Cancelled,
        ModelError::Extract(error) => {
            ModelError::Extract(crate::extract::ExtractError::Other(error.to_string()))
        }
    }
}
