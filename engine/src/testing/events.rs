//! The events of a test's agent.

use super::stand_in::locked;
use crate::{
    agent::Agent,
    event::{EventType, Notice},
};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

/// The events of an agent from its start on. They are taken from the bus whenever the test looks, and while turns run.
#[derive(Debug)]
pub(super) struct Captured {
    bus: Mutex<Receiver<Notice>>,
    events: Mutex<CapturedEvents>,
}

impl Captured {
    pub(super) fn of(agent: &Agent) -> Self {
        Self { bus: Mutex::new(agent.events().subscribe()), events: Mutex::default() }
    }

    /// Takes what is on the bus.
    pub(super) fn take(&self) {
        let (mut bus, mut events) = (locked(&self.bus), locked(&self.events));
        loop {
            match bus.try_recv() {
                Ok(notice) => events.all.push(notice),
                Err(TryRecvError::Lagged(lost)) => events.lost += lost,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    pub(super) fn so_far(&self) -> CapturedEvents {
        self.take();
        locked(&self.events).clone()
    }
}

/// What happened in an agent, oldest first.
///
/// ```
/// # use galatea::{event::{MessageReceived, RunEnded}, testing::{Script, TestAgent, TestResult}};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"").model(Script::new().says("Hello!")).start().await?;
/// agent.says("Hello?").await?;
/// let events = agent.events();
/// assert_eq!(events.of::<MessageReceived>()[0].message.content.text, "Hello?");
/// assert_eq!(events.of::<RunEnded>().len(), 1);
/// assert_eq!(events.names().last(), Some(&"RUN_ENDED"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CapturedEvents {
    all: Vec<Notice>,
    lost: u64,
}

impl CapturedEvents {
    /// The events of one type.
    #[must_use]
    pub fn of<E: EventType>(&self) -> Vec<Arc<E>> {
        let wanted = self.all.iter().filter(|notice| notice.name() == E::NAME);
        wanted.filter_map(|notice| Arc::clone(notice).into_any().downcast().ok()).collect()
    }

    /// The names of all of them, e.g. `MESSAGE_RECEIVED`.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.all.iter().map(|notice| notice.name()).collect()
    }

    /// All of them, with their types forgotten.
    #[must_use]
    pub fn all(&self) -> &[Notice] {
        &self.all
    }

    /// How many were lost because more happened at once than the bus of the agent holds.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}
