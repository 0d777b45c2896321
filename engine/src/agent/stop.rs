//! Ends an agent: turns first, then plugins in reverse, then the storage.

use super::{Agent, unload};
use std::time::Duration;

/// How long running turns may take to finish before they are cancelled.
const TURN_GRACE: Duration = Duration::from_secs(10);

/// How long cancelled turns may take to write down that they were.
const RECORD_GRACE: Duration = Duration::from_secs(5);

impl Agent {
    /// Ends the agent. New messages are refused; running turns get ten seconds to finish, then they are
    /// cancelled and recorded as such; messages that wait stay stored and are taken up at the next start.
    /// Services stop in reverse order, each within its own time limit. A change of plugins that is under way is
    /// broken off; what earlier changes replaced is stopped first.
    ///
    /// Called again, it waits for the same end. An action that wants to end its own agent spawns this instead
    /// of awaiting it: its turn has to end first.
    pub async fn stop(&self) {
        // The newest parts are taken down, whatever the handle of who asks looks at.
        let agent = self.live();
        // On a task of its own: who asked for the end may be ended by it.
        let stop = async || drop(tokio::spawn(async move { agent.stop_now().await }).await);
        self.0.stopped.get_or_init(stop).await;
    }

    async fn stop_now(&self) {
        self.0.rooms.close();
        self.0.scheduler.close();
        self.0.approvals.close();
        // A change that is under way is broken off and taken back; from here on there is none.
        let _no_changes = self.end_changes().await;
        self.0.tasks.close();
        self.0.timers.close();
        if tokio::time::timeout(TURN_GRACE, self.0.tasks.wait()).await.is_err() {
            tracing::warn!("turns are still running after {TURN_GRACE:?}; they are cancelled");
            self.0.stopping.cancel();
            if tokio::time::timeout(RECORD_GRACE, self.0.tasks.wait()).await.is_err() {
                tracing::error!("turns did not end after they were cancelled");
            }
        }
        if tokio::time::timeout(RECORD_GRACE, self.0.timers.wait()).await.is_err() {
            tracing::error!("what waits for its time did not end");
        }
        self.finish_changes().await;
        self.unload_all().await;
        self.0.gone.cancel();
        self.close_store().await;
    }

    async fn unload_all(&self) {
        let plugins = self.parts().plugins.clone();
        for plugin in plugins.into_iter().rev() {
            unload::unload(self, plugin).await;
        }
    }
}
