//! Keeps the leases of an agent that shares its rooms with other processes, and listens to what those tell.

use super::{Agent, WeakAgent};
use crate::fabric::{Beat, Fabric, Hint};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

/// How long to wait after a beat that failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// How many events of other processes may wait for those who hear them.
const MOST_EVENTS: usize = 1_024;

impl Agent {
    /// Says from now on that this process lives, and hears what others tell, until the agent ends. Costs nothing where no
    /// other process can be.
    pub(super) fn keep_fabric(&self) {
        if !self.fabric().is_shared() {
            return;
        }
        // Each by itself: whatever takes long keeps neither the beat nor the rooms waiting.
        let (events, told) = mpsc::channel(MOST_EVENTS);
        self.keep_beating();
        self.keep_hearing(events);
        self.keep_emitting(told);
    }

    fn keep_beating(&self) {
        let (fabric, agent, closed) = self.for_keeping();
        self.spawn_timer(async move {
            let (mut due, mut others) = (Instant::now(), 0);
            loop {
                // The system's time, whatever the agent's clock says: leases end by the clock of who keeps them.
                tokio::select! {
                    biased;
                    () = closed.cancelled() => return,
                    () = tokio::time::sleep_until(due) => {}
                }
                let Some(agent) = agent.upgrade() else { return };
                let next = match fabric.beat().await {
                    Ok(beat) => {
                        let before = std::mem::replace(&mut others, beat.others);
                        if before > others {
                            let heir = agent.clone();
                            agent.0.tasks.spawn(async move { heir.inherit().await });
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

    /// Passes events on: those who hear them may take their time.
    fn keep_hearing(&self, events: mpsc::Sender<(String, Value)>) {
        let (fabric, agent, closed) = self.for_keeping();
        self.spawn_timer(async move {
            loop {
                let hint = tokio::select! {
                    biased;
                    () = closed.cancelled() => return,
                    hint = fabric.heard() => hint,
                };
                let Some(agent) = agent.upgrade() else { return };
                match hint {
                    Hint::Waits { room } => agent.rouse(room),
                    Hint::Ended { room } => agent.0.rooms.tell_news(room),
                    Hint::Event { name, payload } => {
                        if let Err(TrySendError::Full((name, _))) = events.try_send((name, payload)) {
                            tracing::warn!(
                                event = name,
                                "an event of another process is left out: {MOST_EVENTS} wait for listeners that take too long"
                            );
                        }
                    }
                }
            }
        });
    }

    /// Emits here what other processes emitted, in their order.
    fn keep_emitting(&self, mut told: mpsc::Receiver<(String, Value)>) {
        let (_, agent, closed) = self.for_keeping();
        self.spawn_timer(async move {
            loop {
                let event = tokio::select! {
                    biased;
                    () = closed.cancelled() => return,
                    event = told.recv() => event,
                };
                let (Some((name, payload)), Some(agent)) = (event, agent.upgrade()) else { return };
                agent.hear_event(&name, payload).await;
            }
        });
    }

    /// What a task needs that must not keep the agent alive.
    fn for_keeping(&self) -> (Arc<dyn Fabric>, WeakAgent, CancellationToken) {
        (self.fabric(), self.live().weak(), self.0.rooms.closed.clone())
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

    /// How many processes run this agent and what they hold; this one alone, where rooms are not shared.
    ///
    /// # Errors
    /// If whoever keeps the leases cannot be asked.
    pub async fn members(&self) -> Result<Vec<crate::fabric::Member>, crate::store::StoreError> {
        let fabric = self.fabric();
        Arc::as_ref(&fabric).members().await
    }
}
