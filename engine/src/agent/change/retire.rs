//! Stops what a change replaced, when no turn uses it any more.

use crate::{
    agent::{Agent, LoadStep, Parts, unload::take_down},
    definition::PluginDef,
    event::PluginStep,
};
use jiff::Timestamp;
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long after the time limit of a turn one may still use what was replaced.
const GRACE: Duration = Duration::from_secs(10);

/// What earlier changes left behind.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    /// The turns of earlier generations that may still run, and until when they are waited for.
    in_use: Vec<(TaskTracker, Timestamp)>,
    /// Cancelled when what the last change replaced is stopped.
    last: Option<CancellationToken>,
}

impl Agent {
    /// Stops these plugins of parts that were replaced, in the background: when the turns that began with them
    /// or with earlier ones are over, after a time limit in any case.
    pub(super) fn retire(&self, before: Arc<Parts>, leaving: Vec<&'static PluginDef>) {
        let changes = &self.0.changes;
        let done = CancellationToken::new();
        let (in_use, last) = {
            let mut replaced = changes.replaced.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock().now();
            // What was waited for in vain is not waited for again.
            replaced.in_use.retain(|(turns, until)| !turns.is_empty() && *until > now);
            let limit = before.plan.character.limits.turn_timeout + GRACE;
            replaced.in_use.push((before.turns.clone(), now.checked_add(limit).unwrap_or(Timestamp::MAX)));
            if leaving.is_empty() {
                return;
            }
            (replaced.in_use.clone(), replaced.last.replace(done.clone()))
        };
        let agent = self.live();
        changes.work.spawn(async move {
            let _done = done.drop_guard();
            agent.unused(&in_use).await;
            // What an earlier change replaced may use what this one did.
            if let Some(last) = last {
                last.cancelled().await;
            }
            // A copy of their own: their hooks see the old config, and whatever is stopped is taken out of it.
            let old = agent.over(before);
            for def in leaving.into_iter().rev() {
                take_down(&old, def).await;
                agent.emit(PluginStep { plugin: def.name.to_owned(), step: LoadStep::Unloaded }).await;
            }
            old.release();
        });
    }

    /// Waits until turns are over, for those of each generation as long as they may take.
    async fn unused(&self, in_use: &[(TaskTracker, Timestamp)]) {
        let over = async {
            for (turns, until) in in_use {
                let left = until.duration_since(self.clock().now());
                tokio::select! {
                    biased;
                    () = turns.wait() => {}
                    () = self.clock().sleep(Duration::try_from(left).unwrap_or_default()) => {
                        tracing::warn!("turns use plugins that were replaced longer than they may; these are stopped now");
                    }
                }
            }
        };
        self.0.changes.hurry.run_until_cancelled(over).await;
    }
}
