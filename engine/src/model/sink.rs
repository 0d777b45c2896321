//! Where the text of an answer goes while it is made.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What comes out of a [`TextSink`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The next piece of text.
    Text(String),
    /// The model failed in the middle and another one begins: what came so far does not count.
    Again,
}

/// Where the text of an answer goes while it is made. Sending never fails and never waits long: a reader that
/// is gone is ignored.
///
/// A handler that streams sends what it gets, piece by piece; where something comes that is no text (a thought, a piece of
/// a tool call) it says [`alive`](Self::alive), so that the engine does not take silence for a broken line.
/// A handler is cancelled by dropping its future; one that works in a thread of its own asks
/// [`is_cancelled`](Self::is_cancelled) between its steps.
#[derive(Clone, Debug, Default)]
pub struct TextSink {
    out: Option<Arc<Out>>,
    pulse: Arc<Pulse>,
}

#[derive(Debug)]
struct Out {
    sender: mpsc::Sender<Piece>,
}

/// The signs of life of one call.
#[derive(Debug)]
struct Pulse {
    begun: Instant,
    /// Microseconds from the beginning to the first piece; 0: none came.
    first: AtomicU64,
    /// The same of the last sign of life.
    last: AtomicU64,
    /// How many bytes of text were sent.
    sent: AtomicU64,
    /// Text was sent to somebody.
    used: AtomicBool,
    stop: CancellationToken,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            first: AtomicU64::new(0),
            last: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            used: AtomicBool::new(false),
            stop: CancellationToken::new(),
        }
    }
}

impl TextSink {
    /// A sink and the end where its text comes out; at most 64 pieces wait.
    #[must_use]
    pub fn channel() -> (Self, mpsc::Receiver<Piece>) {
        let (sender, receiver) = mpsc::channel(64);
        (Self { out: Some(Arc::new(Out { sender })), pulse: Arc::default() }, receiver)
    }

    /// Whether anybody reads it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.out.as_ref().is_some_and(|out| !out.sender.is_closed())
    }

    /// Sends the next piece of text.
    pub async fn send(&self, text: impl Into<String>) {
        let text = text.into();
        self.alive();
        self.pulse.sent.fetch_add(text.len() as u64, Ordering::Relaxed);
        if let Some(out) = &self.out {
            self.pulse.used.store(true, Ordering::Relaxed);
            // The reader may be gone; the answer itself still counts.
            drop(out.sender.send(Piece::Text(text)).await);
            // Who read slowly kept the model waiting, not the other way round.
            self.alive();
        }
    }

    /// Something came that is no text to be read.
    pub fn alive(&self) {
        let now = self.pulse.micros();
        // A first piece stays the first one.
        let _ = self.pulse.first.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed);
        self.pulse.last.store(now, Ordering::Relaxed);
    }

    /// Whether any text was sent in this call.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.pulse.used.load(Ordering::Relaxed)
    }

    /// Whether nobody waits for the answer any more.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.pulse.stop.is_cancelled()
    }

    /// Waits until nobody waits for the answer any more: it was cancelled, took too long, or was given.
    pub async fn cancelled(&self) {
        self.pulse.stop.cancelled().await;
    }

    /// The same sink for a new call.
    pub(crate) fn anew(&self) -> Self {
        Self { out: self.out.clone(), pulse: Arc::default() }
    }

    /// Cancels the call when it is dropped.
    pub(crate) fn guard(&self) -> DropGuard {
        self.pulse.stop.clone().drop_guard()
    }

    /// Tells the reader that what came so far does not count.
    pub(crate) async fn restart(&self) {
        if let Some(out) = &self.out {
            drop(out.sender.send(Piece::Again).await);
        }
    }

    /// How many bytes of text were sent in this call.
    pub(crate) fn sent(&self) -> u64 {
        self.pulse.sent.load(Ordering::Relaxed)
    }

    /// How long it took until something came, in microseconds.
    pub(crate) fn first_micros(&self) -> Option<u64> {
        Some(self.pulse.first.load(Ordering::Relaxed)).filter(|micros| *micros > 0)
    }

    /// Waits until there was no sign of life for so long, after a first one.
    pub(crate) async fn stalled(&self, limit: Duration) {
        let mut seen = 0;
        loop {
            tokio::time::sleep(limit.saturating_sub(self.pulse.silent_since(seen))).await;
            let last = self.pulse.last.load(Ordering::Relaxed);
            if last > 0 && self.pulse.silent_since(last) >= limit {
                return;
            }
            seen = last;
        }
    }
}

impl Pulse {
    /// Microseconds since the beginning, never 0.
    fn micros(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX).max(1)
    }

    /// How long it is since a sign of life; no time at all if there was none.
    fn silent_since(&self, last: u64) -> Duration {
        if last == 0 {
            return Duration::ZERO;
        }
        Duration::from_micros(self.micros().saturating_sub(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn silence_counts_from_the_last_sign_of_life() {
        let sink = TextSink::default();
        let begun = Instant::now();
        let pause = |millis| tokio::time::sleep(Duration::from_millis(millis));
        let speaking = async {
            // A long time before the first sign is no silence.
            pause(150).await;
            for _ in 0..4 {
                sink.alive();
                pause(60).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = sink.stalled(Duration::from_millis(100)) => {}
            () = speaking => {}
        }
        // The last sign came at 150 + 3 * 60 milliseconds.
        assert!(begun.elapsed() >= Duration::from_millis(430), "{:?}", begun.elapsed());
        assert!(sink.first_micros().is_some_and(|micros| micros >= 150_000));
    }
}
