//! A running agent in a test.

use super::{
    Asked, CapturedEvents, TestAgentBuilder, TestError, TestUser, Turn,
    events::Captured,
    secrets::SecretFiles,
    stand_in::{Own, StandIn},
};
use crate::{
    action::ActionResult,
    agent::{Agent, StartOptions},
    definition::Plugin,
    event::EventType,
    memory::RoomKind,
    plan::Plan,
    provider::Context,
    registry::Registry,
};
use serde_json::{Map, Value};
use std::{fmt, ops::Deref, sync::Arc, time::Duration};

/// How long there must be nothing to do before an agent counts as idle, in milliseconds.
const QUIET: u32 = 3;

/// A running agent in a test: in memory, with a [`Script`](super::Script) instead of models. It is an [`Agent`]:
/// everything that one can do, it can.
///
/// ```
/// use galatea::{memory::RoomKind, testing::{Script, TestAgent, TestResult}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"")
///     .model(Script::new().says("Hello, Ann.").says("Hello, all."))
///     .clock("2026-01-01T12:00:00Z")
///     .start()
///     .await?;
/// let ann = agent.user("Ann");
/// ann.says("Hello!").await?.assert_replied("Hello, Ann.");
/// ann.in_room("lobby", RoomKind::Group).mention("Good evening.").await?.assert_replied("Hello, all.");
/// assert_eq!(agent.requests().len(), 2);
/// assert_eq!(agent.clock().now().to_string(), "2026-01-01T12:00:00Z");
/// agent.stop().await;
/// # Ok(())
/// # }
/// ```
pub struct TestAgent {
    agent: Agent,
    setting: Arc<Setting>,
    captured: Captured,
    /// How many tasks run for as long as the agent does.
    resting: usize,
    stopped: bool,
}

/// What an agent is started with, and started with again.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) plan: Arc<Plan>,
    pub(super) registry: Registry,
    pub(super) options: StartOptions,
    pub(super) stand_in: Option<Arc<StandIn>>,
    pub(super) patience: Duration,
    pub(super) _secrets: SecretFiles,
}

impl fmt::Debug for TestAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestAgent").field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Deref for TestAgent {
    type Target = Agent;

    fn deref(&self) -> &Agent {
        &self.agent
    }
}

impl TestAgent {
    /// An agent with a plugin and everything it requires.
    pub fn with<P: Plugin>() -> TestAgentBuilder {
        TestAgentBuilder::default().plugin::<P>()
    }

    /// The agent of a character file's text.
    pub fn from_toml(text: &str) -> TestAgentBuilder {
        match toml::from_str::<Map<String, Value>>(text) {
            Ok(keys) => TestAgentBuilder::of_keys(keys),
            Err(error) => TestAgentBuilder::mistaken(format!("the character is not valid TOML: {error}")),
        }
    }

    pub(super) async fn start(setting: Arc<Setting>) -> Result<Self, TestError> {
        let plan = Arc::clone(&setting.plan);
        let agent = Agent::start(plan, &setting.registry, setting.options.clone()).await?;
        let captured = Captured::of(&agent);
        // What the start left to be done in the background is not what it rests at.
        let mut resting = agent.running_tasks();
        for _ in 0..QUIET {
            tokio::time::sleep(Duration::from_millis(1)).await;
            resting = resting.min(agent.running_tasks());
        }
        Ok(Self { agent, setting, captured, resting, stopped: false })
    }

    /// Says something in a direct chat, as the owner of the place, and waits for the end of the turn.
    ///
    /// # Errors
    /// If the message is not accepted, the turn takes too long, or a model is asked what the test did not foresee.
    pub async fn says(&self, text: &str) -> Result<Turn, TestError> {
        self.owner().says(text).await
    }

    /// Says several things one after another; see [`says`](Self::says).
    ///
    /// # Errors
    /// As [`says`](Self::says), at the first one that fails.
    pub async fn says_many<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Vec<Turn>, TestError> {
        self.owner().says_many(texts).await
    }

    /// Says something to the agent by its name (`@agent`) in a group; see [`TestUser::mention`].
    ///
    /// # Errors
    /// As [`says`](Self::says).
    pub async fn mention(&self, text: &str) -> Result<Turn, TestError> {
        self.owner().in_room("group", RoomKind::Group).mention(text).await
    }

    /// Somebody who talks with the agent, by name: in a direct chat unless [`TestUser::in_room`] says otherwise.
    #[must_use]
    pub fn user<'a>(&'a self, name: &'a str) -> TestUser<'a> {
        TestUser::new(self, name)
    }

    fn owner(&self) -> TestUser<'_> {
        self.user("user").founder()
    }

    /// Runs one action through all that surrounds it in a turn (roles, validation, limits), as if a model had asked for
    /// it.
    ///
    /// # Errors
    /// If there is no such action, or the agent has no double for its models. An action that fails is no error: its result
    /// says so.
    pub async fn run_action(&self, action: &str, arguments: Value) -> Result<ActionResult, TestError> {
        self.owner().runs(action, arguments).await
    }

    /// What one provider tells in a turn; empty if it had nothing to say.
    ///
    /// # Errors
    /// If there is no such provider, if it failed, or if the agent has no double for its models.
    pub async fn context(&self, provider: &str) -> Result<Context, TestError> {
        self.owner().context(provider).await
    }

    /// What models were asked so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Asked> {
        self.setting.stand_in.as_ref().map(|stand_in| stand_in.asked()).unwrap_or_default()
    }

    /// What happened so far, oldest first.
    #[must_use]
    pub fn events(&self) -> CapturedEvents {
        self.captured.so_far()
    }

    /// Waits until an event of this type has happened; the newest one.
    ///
    /// # Errors
    /// If it does not happen in time.
    pub async fn event<E: EventType>(&self) -> Result<Arc<E>, TestError> {
        let wait = async {
            loop {
                if let Some(event) = self.events().of::<E>().pop() {
                    return event;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        self.in_time(&format!("waiting for {}", E::NAME), wait).await
    }

    /// Waits until the agent has nothing to do: every message is handled, evaluators have looked back.
    ///
    /// # Errors
    /// If that takes too long, or a model was asked what the test did not foresee.
    pub async fn settled(&self) -> Result<(), TestError> {
        let rest = async {
            let mut quiet = 0;
            while quiet < QUIET {
                tokio::time::sleep(Duration::from_millis(1)).await;
                quiet = if self.agent.running_tasks() <= self.resting { quiet + 1 } else { 0 };
            }
        };
        self.in_time("what the agent does in the background", rest).await?;
        self.as_foreseen()
    }

    /// Moves the clock of [`TestAgentBuilder::clock`] forward and waits until what that woke is done.
    ///
    /// # Errors
    /// If the agent runs by the system's clock, or as [`settled`](Self::settled).
    pub async fn advance(&self, by: Duration) -> Result<(), TestError> {
        // What has just begun comes to the point where it waits for a time.
        self.settled().await?;
        let before = self.agent.clock().now();
        self.agent.clock().advance(by);
        let wanted = before.checked_add(by).ok();
        if wanted.is_none_or(|wanted| self.agent.clock().now() != wanted) {
            let why =
                "the clock of this agent cannot be moved: begin with `.clock(\"2026-01-01T12:00:00Z\")`";
            return Err(TestError::Wrong(why.to_owned()));
        }
        self.settled().await
    }

    /// Ends the agent and starts it again, with the same plan, clock, storage and double: what a restart of the process
    /// does to what is remembered.
    ///
    /// # Errors
    /// As a start.
    pub async fn restarted(mut self) -> Result<Self, TestError> {
        self.end().await;
        self.as_foreseen()?;
        let mut next = Self::start(Arc::clone(&self.setting)).await?;
        // Messages that are taken up are no part of being at rest.
        next.resting = next.resting.min(self.resting);
        Ok(next)
    }

    /// Ends the agent: running turns and evaluators first, then the plugins in reverse. An agent that goes out of scope is
    /// ended too, without waiting for it where the test has one thread only.
    ///
    /// # Panics
    /// If a model was asked what the test did not foresee, and no call told of it before.
    pub async fn stop(mut self) {
        self.end().await;
        let unforeseen = self.setting.stand_in.as_ref().and_then(|stand_in| stand_in.unforeseen());
        assert!(unforeseen.is_none(), "{}", unforeseen.unwrap_or_default());
    }

    async fn end(&mut self) {
        self.agent.stop().await;
        self.stopped = true;
    }

    pub(super) fn stand_in(&self) -> Result<&Arc<StandIn>, TestError> {
        self.setting.stand_in.as_ref().ok_or_else(|| {
            TestError::Wrong(
                "this needs a double for the agent's models; leave out `.real_models()`".to_owned(),
            )
        })
    }

    pub(super) fn capture(&self) {
        self.captured.take();
    }

    /// An error if a model was asked what the test did not foresee.
    pub(super) fn as_foreseen(&self) -> Result<(), TestError> {
        self.capture();
        match self.setting.stand_in.as_ref().and_then(|stand_in| stand_in.unforeseen()) {
            Some(text) => Err(TestError::Unforeseen(text)),
            None => Ok(()),
        }
    }

    pub(super) async fn in_time<T>(
        &self,
        what: &str,
        future: impl Future<Output = T>,
    ) -> Result<T, TestError> {
        let (what, limit) = (what.to_owned(), self.setting.patience);
        tokio::time::timeout(limit, future).await.map_err(|_| TestError::Slow { what, limit })
    }

    /// Runs a turn in which models answer what the kit wants.
    pub(super) async fn own_turn(
        &self,
        user: &TestUser<'_>,
        text: &str,
        own: Own,
        providers: Vec<String>,
    ) -> Result<(Turn, Arc<Own>), TestError> {
        let stand_in = self.stand_in()?;
        let (id, own) = (uuid::Uuid::now_v7(), Arc::new(own));
        stand_in.prepare(id, Arc::clone(&own));
        let turn = user.sends_as(Some(id), text, providers).await;
        stand_in.forget(id);
        Ok((turn?, own))
    }
}

impl Drop for TestAgent {
    fn drop(&mut self) {
        if self.stopped {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let agent = self.agent.clone();
        let waits = runtime.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread;
        if waits && !std::thread::panicking() {
            tokio::task::block_in_place(|| runtime.block_on(async move { agent.stop().await }));
        } else {
            // On one thread nobody could do the work that would be waited for.
            runtime.spawn(async move { agent.stop().await });
        }
        if let Some(unforeseen) = self.setting.stand_in.as_ref().and_then(|stand_in| stand_in.unforeseen()) {
            tracing::error!("{unforeseen}");
        }
    }
}
