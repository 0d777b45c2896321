//! What has to be asked of the storage to be known: asked at most every so often, and only while somebody looks.

use crate::{agent::Agent, budget::BudgetStatus};
use jiff::{SignedDuration, Timestamp};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// How long what was asked counts.
const FRESH: SignedDuration = SignedDuration::from_secs(30);

/// What the storage said last.
#[derive(Debug, Default)]
pub(crate) struct Slow {
    latest: Mutex<Option<Arc<Asked>>>,
    /// Somebody asks already.
    asking: AtomicBool,
}

/// What the storage said.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    at: Timestamp,
    /// The agent's own budgets.
    pub(crate) budgets: Vec<BudgetStatus>,
    /// How many messages were set aside.
    pub(crate) parked: usize,
    /// How many actions wait for a person.
    pub(crate) approvals: usize,
}

impl Slow {
    pub(crate) fn latest(&self) -> Option<Arc<Asked>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.latest().is_some_and(|latest| now.duration_since(latest.at).abs() < FRESH)
    }
}

/// Asks the storages of agents for what [`prometheus`](super::prometheus()) and [`Agent::stats`] show of them: budgets,
/// messages set aside, approvals. Not more often than every 30 seconds; where a storage does not answer, what it said last stays.
pub async fn refresh(agents: &[Agent]) {
    futures_util::future::join_all(agents.iter().map(Agent::refresh_slow)).await;
}

impl Agent {
    /// Asks in the background, if it is time and there is somebody to do so.
    pub(super) fn refresh_soon(&self) {
        let slow = &self.shared().slow;
        if slow.is_fresh(self.clock().now()) || slow.asking.load(Ordering::Acquire) || self.is_stopping() {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let agent = self.live().weak();
        drop(runtime.spawn(async move {
            if let Some(agent) = agent.upgrade() {
                agent.refresh_slow().await;
            }
        }));
    }

    async fn refresh_slow(&self) {
        let (agent, slow) = (self.live(), &self.shared().slow);
        if slow.is_fresh(self.clock().now()) || slow.asking.swap(true, Ordering::AcqRel) {
            return;
        }
        let asked = async {
            Ok::<_, crate::store::StoreError>(Asked {
                at: agent.clock().now(),
                budgets: agent.budgets(None).await?,
                parked: agent.store().parked().await?.len(),
                approvals: agent.approvals().await?.len(),
            })
        };
        // A caller that goes away must not leave it as being asked.
        let _over = Over(&slow.asking);
        match asked.await {
            Ok(asked) => {
                *slow.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(asked));
            }
            Err(error) => tracing::debug!("the storage does not say how budgets stand: {error}"),
        }
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
