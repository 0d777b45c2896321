//! What time it is: the system's, or one that a test sets and moves.

use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// What time it is, and waiting for a time. Handlers take it instead of asking the system, so that tests can set
/// it. Cheap to clone; the clones of a set clock are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<watch::Sender<Timestamp>>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still at a moment until it is [`set`](Self::set) or [`advance`](Self::advance)d.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Some(Arc::new(watch::Sender::new(at))))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.as_ref().map_or_else(Timestamp::now, |set| *set.borrow())
    }

    /// Sets the time of a clock that was [`fixed`](Self::fixed); the system's clock stays as it is.
    pub fn set(&self, at: Timestamp) {
        if let Some(set) = &self.0 {
            set.send_replace(at);
        }
    }

    /// Moves a clock that was [`fixed`](Self::fixed) forward; the system's clock stays as it is. What waits for
    /// a moment that has come wakes up.
    pub fn advance(&self, by: Duration) {
        if let Some(set) = &self.0 {
            // A time beyond the year 9999 is that of the end of time.
            set.send_modify(|now| *now = now.checked_add(by).unwrap_or(Timestamp::MAX));
        }
    }

    /// Waits until a moment; returns at once if it is over.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            None => loop {
                let left = at.duration_since(Timestamp::now());
                let Ok(left) = Duration::try_from(left) else { return };
                if left.is_zero() {
                    return;
                }
                // In pieces: the system's clock may be set while somebody waits.
                tokio::time::sleep(left.min(Duration::from_secs(3600))).await;
            },
            Some(set) => {
                // The sender is held here, so waiting cannot fail.
                drop(set.subscribe().wait_for(|now| *now >= at).await);
            }
        }
    }

    /// Waits for a while.
    pub async fn sleep(&self, time: Duration) {
        self.sleep_until(self.now().checked_add(time).unwrap_or(Timestamp::MAX)).await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_set_clock_wakes_who_waits() {
        let clock = Clock::fixed("2026-01-01T00:00:00Z".parse().unwrap());
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_secs(3600)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3599));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        clock.advance(Duration::from_secs(1));
        waiting.await.unwrap();
        assert_eq!(clock.now().to_string(), "2026-01-01T01:00:00Z");
    }
}
