//! What a turn has told so far, for those who begin to follow it later or follow it anew.
//!
//! Every turn has a log. A [`Follower`] reads it at its own pace: nothing waits for it, and it keeps nothing but its place,
//! so a slow one costs nobody anything. The log is bounded; who is so far behind that its next event is gone is told how
//! many it missed, and can read the stored run.

use super::TurnEvent;
use crate::telemetry::{size_of, size_of_map};
use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How much of a turn's events is kept, in bytes as they are guessed.
const MOST_BYTES: usize = 256 * 1024;

/// How many events of a turn are kept.
const MOST_EVENTS: usize = 2048;

/// The place of an event among those of its turn: what a reader that lost its connection names to go on behind it.
/// Displayed and parsed as `18c2f0a1b2c3d.17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId {
    /// Which log: a turn that goes on after it waited, or in another process, has a new one.
    log: u64,
    /// Its place in the log, from 1.
    place: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}", self.log, self.place)
    }
}

/// A text is no [`EventId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the id of an event of a turn")]
pub struct NoEventId;

impl FromStr for EventId {
    type Err = NoEventId;

    fn from_str(text: &str) -> Result<Self, NoEventId> {
        let (log, place) = text.split_once('.').ok_or(NoEventId)?;
        let log = u64::from_str_radix(log, 16).map_err(|_| NoEventId)?;
        Ok(Self { log, place: place.parse().map_err(|_| NoEventId)? })
    }
}

/// What a follower is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// Something happened.
    Event {
        /// Its place.
        id: EventId,
        /// What happened.
        event: Arc<TurnEvent>,
    },
    /// The follower was too slow: so many events are gone. It goes on with the oldest one that is kept.
    Lagged {
        /// How many.
        missed: u64,
    },
}

/// The log of one turn.
#[derive(Debug)]
pub(crate) struct TurnLog {
    pub(crate) run: Uuid,
    pub(crate) message: Uuid,
    pub(crate) cancelled: CancellationToken,
    number: u64,
    followed: AtomicBool,
    kept: Mutex<Kept>,
    news: Notify,
    at_end: AtEnd,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<(usize, Arc<TurnEvent>)>,
    /// How many were dropped before them.
    dropped: u64,
    bytes: usize,
    /// No more come.
    over: bool,
}

impl TurnLog {
    pub(crate) fn new(
        run: Uuid,
        message: Uuid,
        number: u64,
        cancelled: CancellationToken,
        at_end: AtEnd,
    ) -> Arc<Self> {
        let (followed, kept, news) = (AtomicBool::new(false), Mutex::default(), Notify::new());
        Arc::new(Self { run, message, cancelled, number, followed, kept, news, at_end })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, event: Arc<TurnEvent>) {
        let bytes = weight(&event);
        let mut kept = self.kept();
        if kept.over {
            return;
        }
        kept.over = matches!(*event, TurnEvent::Ended(_));
        kept.bytes += bytes;
        kept.events.push_back((bytes, event));
        while kept.events.len() > 1 && (kept.bytes > MOST_BYTES || kept.events.len() > MOST_EVENTS) {
            if let Some((bytes, _)) = kept.events.pop_front() {
                kept.bytes -= bytes;
                kept.dropped += 1;
            }
        }
        drop(kept);
        self.news.notify_waiters();
    }

    /// No more events come.
    pub(crate) fn close(&self) {
        self.kept().over = true;
        self.news.notify_waiters();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.kept().over
    }

    /// Whether anybody ever followed it.
    pub(crate) fn was_followed(&self) -> bool {
        self.followed.load(Ordering::SeqCst)
    }

    /// Follows it from its beginning.
    pub(crate) fn follow(self: &Arc<Self>) -> Follower {
        self.followed.store(true, Ordering::SeqCst);
        // A turn may be over before anybody could follow it; who lost the connection to it comes back all the same.
        if self.is_over() {
            (self.at_end.0)(self);
        }
        Follower { log: Arc::clone(self), place: 0 }
    }
}

/// How much memory an event takes, about.
fn weight(event: &TurnEvent) -> usize {
    const LEAST: usize = 96;
    LEAST
        + match event {
            TurnEvent::Text(text) => text.len(),
            TurnEvent::ActionStarted { arguments, .. } => size_of_map(arguments),
            TurnEvent::ActionCompleted { result, .. } => {
                result.text.as_ref().map_or(0, String::len) + size_of(&result.data)
            }
            // These are shared with what is kept anyway.
            TurnEvent::Reply(_) | TurnEvent::Ended(_) | TurnEvent::Started { .. } | TurnEvent::Retracted => 0,
        }
}

/// Follows a turn: what it told so far, then what it tells, until it ended. Made by
/// [`TurnHandle::follow`](crate::agent::TurnHandle::follow) and [`Agent::follow`](crate::agent::Agent::follow).
///
/// Dropping it changes nothing for the turn. What was told before the follower began is given first, as long as the log
/// has it.
#[derive(Debug)]
pub struct Follower {
    log: Arc<TurnLog>,
    /// How many events it has passed.
    place: u64,
}

impl Follower {
    /// The run.
    #[must_use]
    pub fn run(&self) -> Uuid {
        self.log.run
    }

    /// The message that the run is about.
    #[must_use]
    pub fn message(&self) -> Uuid {
        self.log.message
    }

    /// Which log of the run it reads: a run that goes on after it waited, or in another process, has a new one.
    #[must_use]
    pub fn log(&self) -> u64 {
        self.log.number
    }

    /// The same, from behind this event on. The id of an event of another turn, or of an earlier log of this one, changes
    /// nothing: then everything is told that is kept.
    #[must_use]
    pub fn after(mut self, id: EventId) -> Self {
        if id.log == self.log.number {
            self.place = self.place.max(id.place);
        }
        self
    }

    /// The next thing that happens, or has happened; `None` after [`TurnEvent::Ended`], and where the turn came to no end
    /// in this process.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            let news = self.log.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            {
                let kept = self.log.kept();
                if self.place < kept.dropped {
                    let missed = kept.dropped - self.place;
                    self.place = kept.dropped;
                    return Some(Told::Lagged { missed });
                }
                let index = usize::try_from(self.place - kept.dropped).unwrap_or(usize::MAX);
                if let Some((_, event)) = kept.events.get(index) {
                    self.place += 1;
                    let id = EventId { log: self.log.number, place: self.place };
                    return Some(Told::Event { id, event: Arc::clone(event) });
                }
                if kept.over {
                    return None;
                }
            }
            news.await;
        }
    }
}

/// Tells of a turn: to who holds its handle, and to its log.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    handle: mpsc::UnboundedSender<Arc<TurnEvent>>,
    log: Option<Arc<OpenLog>>,
}

/// What is done when nobody writes a log any more, and when somebody begins to follow one that is over.
pub(crate) struct AtEnd(Box<Done>);

type Done = dyn Fn(&Arc<TurnLog>) + Send + Sync;

impl AtEnd {
    pub(crate) fn new(done: impl Fn(&Arc<TurnLog>) + Send + Sync + 'static) -> Self {
        Self(Box::new(done))
    }
}

impl fmt::Debug for AtEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtEnd")
    }
}

/// A log that is written. The last one who could write closes it.
#[derive(Debug)]
pub(crate) struct OpenLog(pub(crate) Arc<TurnLog>);

impl Drop for OpenLog {
    fn drop(&mut self) {
        self.0.close();
        (self.0.at_end.0)(&self.0);
    }
}

impl Teller {
    /// Tells a log; gives what the holder of the turn's handle reads.
    pub(crate) fn new(log: OpenLog) -> (Self, mpsc::UnboundedReceiver<Arc<TurnEvent>>) {
        let (handle, events) = mpsc::unbounded_channel();
        (Self { handle, log: Some(Arc::new(log)) }, events)
    }

    /// Tells nobody.
    pub(crate) fn nobody() -> Self {
        let (handle, _) = mpsc::unbounded_channel();
        Self { handle, log: None }
    }

    pub(crate) fn log(&self) -> Option<&Arc<TurnLog>> {
        self.log.as_ref().map(|open| &open.0)
    }

    /// Tells whoever follows; nobody may.
    pub(crate) fn send(&self, event: TurnEvent) {
        let event = Arc::new(event);
        if let Some(open) = &self.log {
            open.0.add(Arc::clone(&event));
        }
        drop(self.handle.send(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(told: Option<Told>) -> String {
        match told {
            Some(Told::Event { event, .. }) => match &*event {
                TurnEvent::Text(text) => text.clone(),
                other => format!("{other:?}"),
            },
            Some(Told::Lagged { missed }) => format!("missed {missed}"),
            None => "over".to_owned(),
        }
    }

    #[tokio::test]
    async fn who_comes_later_hears_all_and_who_is_slow_is_told() {
        let log = TurnLog::new(Uuid::nil(), Uuid::nil(), 7, CancellationToken::new(), AtEnd::new(|_| {}));
        let mut early = log.follow();
        log.add(Arc::new(TurnEvent::Text("a".to_owned())));
        assert_eq!(text(early.next().await), "a");
        log.add(Arc::new(TurnEvent::Text("b".to_owned())));
        let id = match log.follow().next().await {
            Some(Told::Event { id, .. }) => id,
            _ => EventId { log: 0, place: 0 },
        };
        assert_eq!((id.to_string().as_str(), id.to_string().parse()), ("7.1", Ok(id)));
        assert_eq!(text(log.follow().after(id).next().await), "b");
        let of_another = EventId { log: 8, place: 1 };
        assert_eq!(text(log.follow().after(of_another).next().await), "a", "of another log");
        for _ in 0..MOST_EVENTS {
            log.add(Arc::new(TurnEvent::Text("c".to_owned())));
        }
        assert_eq!(text(early.next().await), "missed 1");
        log.add(Arc::new(TurnEvent::Text("x".repeat(MOST_BYTES))));
        assert_eq!(log.kept().events.len(), 1, "bounded in bytes");
        log.close();
        log.add(Arc::new(TurnEvent::Retracted));
        let mut late = log.follow();
        assert!(text(late.next().await).starts_with("missed"));
        assert!(text(late.next().await).starts_with('x'));
        assert_eq!(text(late.next().await), "over");
    }

    #[test]
    fn ids_are_read_strictly() {
        for wrong in ["", "7", "7.", ".1", "g.1", "7.-1", "7.1.1", "7.1 "] {
            assert_eq!(wrong.parse::<EventId>(), Err(NoEventId), "{wrong}");
        }
    }
}
