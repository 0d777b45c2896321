//! A turn that ended, as tests look at it.

use super::TestError;
use crate::{
    action::ActionResult,
    memory::Memory,
    text::name::same_name,
    turn::{RunRecord, RunStatus, StepStatus, TurnEvent},
};
use std::{fmt, sync::Arc};

/// A turn that ended. Its assertions show the whole turn when they fail; so does its `Display`.
///
/// ```
/// # use galatea::testing::{Script, TestAgent, TestResult};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"").model(Script::new().says("Hello, Ann.")).start().await?;
/// let turn = agent.user("Ann").says("Hello!").await?;
/// turn.assert_replied("Hello, Ann.");
/// turn.assert_not_ran("GET_WEATHER");
/// assert_eq!(turn.replies(), ["Hello, Ann."]);
/// assert_eq!(turn.to_string(), "Ann: Hello!\nagent: Hello, Ann.\ncompleted: private channel: dm\n");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Turn {
    from: String,
    said: String,
    replies: Vec<Arc<Memory>>,
    events: Vec<TurnEvent>,
    record: Arc<RunRecord>,
}

impl Turn {
    pub(super) fn about(from: &str, said: &str) -> Self {
        let (from, said) = (from.to_owned(), said.to_owned());
        Self { from, said, replies: Vec::new(), events: Vec::new(), record: Arc::default() }
    }

    pub(super) fn happened(&mut self, event: TurnEvent) {
        match &event {
            TurnEvent::Reply(reply) => self.replies.push(Arc::clone(reply)),
            TurnEvent::Ended(record) => self.record = Arc::clone(record),
            _ => {}
        }
        self.events.push(event);
    }

    /// The turn, if it came to an end.
    pub(super) fn ended(self) -> Result<Self, TestError> {
        if matches!(self.events.last(), Some(TurnEvent::Ended(_))) {
            return Ok(self);
        }
        Err(TestError::Wrong(format!("the end of the agent cut the turn off\n{self}")))
    }

    /// What the agent said, reply by reply.
    #[must_use]
    pub fn replies(&self) -> Vec<&str> {
        self.replies.iter().map(|reply| reply.content.text.as_str()).collect()
    }

    /// What the agent said, as it is stored: with attachments and ids.
    #[must_use]
    pub fn messages(&self) -> &[Arc<Memory>] {
        &self.replies
    }

    /// The actions that ran or should have run, in order.
    #[must_use]
    pub fn actions(&self) -> Vec<&str> {
        self.record.steps.iter().map(|step| step.action.as_str()).collect()
    }

    /// The result of an action, the last one if it ran several times. A result that failed is one too.
    #[must_use]
    pub fn result(&self, action: &str) -> Option<&ActionResult> {
        let steps = self.record.steps.iter().rev();
        steps.filter(|step| same_name(&step.action, action)).find_map(|step| step.result.as_ref())
    }

    /// The record: stages, providers, model calls, steps, times.
    #[must_use]
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Everything that the turn told while it ran, in order.
    #[must_use]
    pub fn events(&self) -> &[TurnEvent] {
        &self.events
    }

    /// The text that was streamed while it was made.
    #[must_use]
    pub fn streamed(&self) -> String {
        let pieces = self.events.iter().filter_map(|event| match event {
            TurnEvent::Text(text) => Some(text.as_str()),
            _ => None,
        });
        pieces.collect()
    }

    /// One of the replies is exactly this.
    ///
    /// # Panics
    /// If none is.
    #[track_caller]
    pub fn assert_replied(&self, text: &str) {
        assert!(self.replies().contains(&text), "no reply is “{text}”\n{self}");
    }

    /// One of the replies contains this.
    ///
    /// # Panics
    /// If none does.
    #[track_caller]
    pub fn assert_reply_contains(&self, text: &str) {
        assert!(
            self.replies().iter().any(|reply| reply.contains(text)),
            "no reply contains “{text}”\n{self}"
        );
    }

    /// The agent said nothing.
    ///
    /// # Panics
    /// If it said something.
    #[track_caller]
    pub fn assert_silent(&self) {
        assert!(self.replies.is_empty(), "the agent should have said nothing\n{self}");
    }

    /// An action ran and did what it should.
    ///
    /// # Panics
    /// If it did not run, or failed.
    #[track_caller]
    pub fn assert_ran(&self, action: &str) {
        let steps = || self.record.steps.iter().filter(|step| same_name(&step.action, action));
        assert!(steps().next().is_some(), "{action} did not run\n{self}");
        let completed = steps().any(|step| step.status == StepStatus::Completed);
        assert!(completed, "{action} ran and failed\n{self}");
    }

    /// An action was not asked for, or was skipped.
    ///
    /// # Panics
    /// If it ran, well or not.
    #[track_caller]
    pub fn assert_not_ran(&self, action: &str) {
        let ran = |status| matches!(status, StepStatus::Running | StepStatus::Completed | StepStatus::Failed);
        let mut steps = self.record.steps.iter().filter(|step| same_name(&step.action, action));
        assert!(!steps.any(|step| ran(step.status)), "{action} should not have run\n{self}");
    }

    /// The turn ended as it should: no error, no time limit.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn assert_completed(&self) {
        assert!(self.record.status == RunStatus::Completed, "the turn did not end as it should\n{self}");
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.from, self.said)?;
        for event in &self.events {
            match event {
                TurnEvent::ActionStarted { action, arguments } => {
                    writeln!(f, "→ {action} {}", serde_json::Value::Object(arguments.clone()))?;
                }
                TurnEvent::ActionCompleted { action, result, .. } => {
                    let mark = if result.success { "✓" } else { "✗" };
                    writeln!(f, "{mark} {action}: {}", result.summary())?;
                }
                TurnEvent::Reply(reply) => writeln!(f, "agent: {}", reply.content.text)?,
                _ => {}
            }
        }
        for provider in &self.record.providers {
            if let Some(error) = &provider.error {
                writeln!(f, "provider {} was left out: {error}", provider.name)?;
            }
        }
        let reason = self.record.error.as_ref().unwrap_or(&self.record.reason);
        writeln!(f, "{}: {reason}", self.record.status.name())
    }
}
