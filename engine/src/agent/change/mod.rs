//! Changes of a running agent: from the plan that it runs to another one, wholly or not at all.
//!
//! `exchange` makes a change: it compares the two plans (`compare`, by `mark`), loads on a staged copy of the
//! parts what is new or different, puts everything into the new plan's order (`arrange`) and makes it what the
//! agent runs with from its next turn on. What was replaced is stopped by `retire` when no turn uses it any
//! more. `report` says what was done, `error` why nothing was. `plugins` changes single plugins, `check` says what would be wrong with a config of one: `draft` makes a
//! plan out of the running one for it.
//!
//! This file sees to it that changes are made one after another, and none while the agent starts or stops.

mod arrange;
mod check;
mod compare;
mod draft;
mod error;
mod exchange;
mod mark;
mod plugins;
mod report;
mod retire;

pub use check::ConfigProblem;
pub use error::ChangeError;
pub(super) use mark::Mark;
pub use plugins::{PluginState, Plugins, Standing};
pub use report::{Change, ChangeReport, PluginChange, TakenOut};

use super::{Agent, rooms::Phase};
use crate::{event::PluginsChanged, plan::Plan, registry::Registry};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{Mutex, MutexGuard};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What an agent has to know of changes of itself.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Held while a change is made, and from the beginning of the agent's end.
    one_at_a_time: Mutex<()>,
    /// The agent ends: no change begins, one that is under way is broken off.
    ending: CancellationToken,
    /// No turn runs any more: what was replaced is stopped without waiting.
    hurry: CancellationToken,
    /// Changes that are under way, and what stops what they replaced.
    work: TaskTracker,
    loads: AtomicU64,
    replaced: std::sync::Mutex<retire::Replaced>,
}

/// What shall be run.
struct Draft {
    plan: Arc<Plan>,
    /// The plugins that are loaded anew even if nothing of them is different.
    reload: BTreeSet<String>,
}

impl Agent {
    /// Changes the agent to another plan of the same character, while it runs. Plugins of which nothing is
    /// different are kept with their services; the others are loaded beside those that run, and all becomes
    /// visible at once: a turn runs from its beginning to its end with what it began with. What was replaced is
    /// stopped when the turns that use it are over, at the latest ten seconds after the time limit of a turn;
    /// this does not wait for that.
    ///
    /// A plugin is loaded anew where its config is different, secrets included, or its grants, or where
    /// a plugin was loaded, changed or taken out that it requires or can use and that has services: it may hold
    /// on to them. Its new services start before the old ones stop, so a service that holds something which
    /// exists only once, such as a port, cannot be replaced by this.
    ///
    /// Changes are made one after another. Once begun, a change is finished or taken back whether or not anybody
    /// waits for it.
    ///
    /// # Errors
    /// [`ChangeError`]; then the agent runs as before, and everything that was loaded for the change is unloaded.
    pub async fn apply(&self, plan: impl Into<Arc<Plan>>) -> Result<ChangeReport, ChangeError> {
        let plan = plan.into();
        self.change(move |_, _| Ok(Draft { plan, reload: BTreeSet::new() })).await
    }

    /// Makes a change out of the plan that runs when its turn comes.
    async fn change(
        &self,
        draft: impl FnOnce(&Registry, &Plan) -> Result<Draft, ChangeError> + Send + 'static,
    ) -> Result<ChangeReport, ChangeError> {
        // Who loads plugins would wait for a plugin that waits for it.
        if self.is_staged() || self.0.rooms.phase() == Phase::Starting {
            return Err(ChangeError::Loading);
        }
        let agent = self.live();
        // On a task of its own: who asked for the change may be ended by it.
        let change = self.0.changes.work.spawn(async move { agent.change_now(draft).await });
        change.await.unwrap_or_else(|error| Err(ChangeError::Broken(error.to_string())))
    }

    async fn change_now(
        &self,
        draft: impl FnOnce(&Registry, &Plan) -> Result<Draft, ChangeError> + Send + 'static,
    ) -> Result<ChangeReport, ChangeError> {
        let changes = &self.0.changes;
        let turn = tokio::select! {
            biased;
            () = changes.ending.cancelled() => return Err(ChangeError::Stopping),
            turn = changes.one_at_a_time.lock() => turn,
        };
        let (registry, current) = (self.0.registry.clone(), self.plan());
        // Making a plan compiles schemas; that stays off the threads that serve turns.
        let draft = tokio::task::spawn_blocking(move || draft(&registry, &current)).await;
        let draft = draft.map_err(|error| ChangeError::Broken(error.to_string()))??;
        let before = self.newest();
        let report = self.exchange(draft).await?;
        self.keep_embedder(&before);
        drop(before);
        drop(turn);
        // Only now: a handler may ask for the next change.
        if report.is_change() {
            tracing::info!(agent = %self.id(), "changed: {report}");
            self.emit(PluginsChanged { report: report.clone() }).await;
            self.fill_soon(true);
        }
        Ok(report)
    }

    /// A number that no other loading of a plugin has.
    pub(super) fn next_load(&self) -> u64 {
        // From 1: 0 is that of a plugin that is not loaded.
        self.0.changes.loads.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Breaks off the change that is under way, if any. While what this gives is held, there is no other.
    pub(super) async fn end_changes(&self) -> MutexGuard<'_, ()> {
        self.0.changes.ending.cancel();
        self.0.changes.one_at_a_time.lock().await
    }

    /// Stops what earlier changes replaced, now that no turn runs any more.
    pub(super) async fn finish_changes(&self) {
        let changes = &self.0.changes;
        changes.hurry.cancel();
        changes.work.close();
        changes.work.wait().await;
    }

    /// Is cancelled when the agent begins to end.
    pub(crate) fn ending(&self) -> &CancellationToken {
        &self.0.changes.ending
    }
}
