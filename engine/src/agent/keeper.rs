//! Keeps the leases of an agent that shares its rooms with other processes, and listens to what those tell.

use super::Agent;
use crate::fabric::{Beat, Hint};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How long to wait after a beat that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

impl Agent {
    /// Says from now on that this process lives, until the agent ends. Costs nothing where no other process can be.
    pub(super) fn keep_fabric(&self) {
        let fabric = self.fabric();
        if !fabric.is_shared() {
            return;
        }
        let (agent, closed) = (self.live().weak(), self.0.rooms.closed.clone());
        self.spawn_timer(async move {
            let (mut due, mut others) = (Instant::now(), 0);
            loop {
                // The system's time, whatever the agent's clock says: leases end by the clock of who keeps them.
                let hint = tokio::select! {
                    biased;
                    () = closed.cancelled() => return,
                    // However much is told meanwhile, a beat is not late.
                    () = tokio::time::sleep_until(due) => None,
                    hint = fabric.heard() => Some(hint),
                };
                let Some(agent) = agent.upgrade() else { return };
                if let Some(hint) = hint {
                    agent.hear(hint).await;
                    continue;
                }
                let next = match fabric.beat().await {
                    Ok(beat) => {
                        let before = std::mem::replace(&mut others, beat.others);
                        if before > others {
                            agent.inherit().await;
                        }
                        agent.heed(beat)
                    }
                    Err(error) => {
                        tracing::warn!("other processes could not be told that this one lives: {error}");
                        AFTER_FAILURE
                    }
                };
                due = Instant::now() + next;
            }
        });
    }

    /// Gives when the next beat is due.
    pub(super) fn heed(&self, beat: Beat) -> Duration {
        for lease in beat.lost {
            self.0.rooms.lose(lease);
        }
        for room in beat.waiting {
            self.rouse(room);
        }
        if beat.others > 0 {
            // What another process put off or scheduled since the tasks were read last.
            self.wake_tasks();
        }
        beat.next
    }

    /// A process is gone: what waited for its time there waits here from now on.
    async fn inherit(&self) {
        self.wake_tasks();
        if let Err(error) = self.expect_answers().await {
            tracing::warn!("the questions of a process that is gone cannot be read: {error}");
        }
    }

    async fn hear(&self, hint: Hint) {
        match hint {
            Hint::Waits { room } => self.rouse(room),
            Hint::Ended { room } => self.0.rooms.tell_news(room),
            Hint::Event { name, payload } => self.hear_event(&name, payload).await,
        }
    }

    /// How many processes run this agent and what they hold; this one alone, where rooms are not shared.
    ///
    /// # Errors
    /// If whoever keeps the leases cannot be asked.
    pub async fn members(&self) -> Result<Vec<crate::fabric::Member>, crate::store::StoreError> {
        let fabric = self.fabric();
        Arc::as_ref(&fabric).members().await
    }
}
