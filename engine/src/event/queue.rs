//! Queues of event handlers with `queued`: the handler gets its events in order on a task of its own.
//!
//! The task lives only while something waits; an idle queue is a few hundred bytes.

use super::{
    Notice,
    bus::{LISTENER_TIMEOUT, hear},
    chain::Chain,
};
use crate::{
    agent::Agent,
    definition::{ListenerDef, PluginDef, QueueDef, WhenFull},
};
use std::{
    collections::VecDeque,
    fmt,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, task::AbortHandle};

/// An event on its way to a handler.
pub(super) struct Letter {
    pub(super) agent: Agent,
    pub(super) event: Notice,
    pub(super) chain: Chain,
}

/// The events that wait for one handler.
pub struct Queue {
    plugin: &'static PluginDef,
    listener: &'static ListenerDef,
    bounds: QueueDef,
    state: Mutex<State>,
    space: Notify,
    idle: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Letter>,
    /// The task that works through it, while there is one.
    worker: Option<AbortHandle>,
    closed: bool,
    dropped: u64,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("listener", &self.listener.name).finish_non_exhaustive()
    }
}

/// What became of a letter.
enum Offer {
    Taken,
    Dropped(&'static str),
    Full(Letter),
}

impl Queue {
    pub(crate) fn new(
        plugin: &'static PluginDef,
        listener: &'static ListenerDef,
        bounds: QueueDef,
    ) -> Arc<Self> {
        let (state, space, idle) = (Mutex::default(), Notify::new(), Notify::new());
        Arc::new(Self { plugin, listener, bounds, state, space, idle })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an event at the end; how many were dropped for it, or it itself: 0 or 1.
    pub(super) async fn put(self: &Arc<Self>, letter: Letter) -> usize {
        match self.offer(letter) {
            Offer::Taken => 0,
            Offer::Dropped(why) => self.note_dropped(why),
            // Who waits here may be who has to make the space.
            Offer::Full(letter) if letter.chain.is_circle() => {
                self.note_dropped("the queue is full and this event leads to itself")
            }
            Offer::Full(letter) => match tokio::time::timeout(LISTENER_TIMEOUT, self.wait(letter)).await {
                Ok(dropped) => dropped,
                Err(_) => self.note_dropped("the queue stayed full for too long"),
            },
        }
    }

    async fn wait(self: &Arc<Self>, mut letter: Letter) -> usize {
        loop {
            let mut space = pin!(self.space.notified());
            space.as_mut().enable();
            match self.offer(letter) {
                Offer::Taken => return 0,
                Offer::Dropped(why) => return self.note_dropped(why),
                Offer::Full(again) => letter = again,
            }
            space.await;
        }
    }

    fn offer(self: &Arc<Self>, letter: Letter) -> Offer {
        let mut state = self.state();
        if state.closed {
            return Offer::Dropped("the plugin is being unloaded");
        }
        let mut outcome = Offer::Taken;
        if state.waiting.len() >= self.bounds.capacity {
            match self.bounds.full {
                WhenFull::Wait => return Offer::Full(letter),
                WhenFull::DropNewest => return Offer::Dropped("the queue is full"),
                WhenFull::DropOldest => {
                    state.waiting.pop_front();
                    outcome = Offer::Dropped("the queue is full; the oldest went");
                }
            }
        }
        state.waiting.push_back(letter);
        if state.worker.is_none() {
            let queue = Arc::clone(self);
            state.worker = Some(tokio::spawn(async move { queue.work().await }).abort_handle());
        }
        outcome
    }

    async fn work(&self) {
        while let Some(Letter { agent, event, chain }) = self.next() {
            chain.within(hear(&agent, self.plugin, self.listener, &event)).await;
        }
    }

    fn next(&self) -> Option<Letter> {
        let mut state = self.state();
        let next = state.waiting.pop_front();
        if next.is_some() {
            self.space.notify_one();
        } else {
            state.worker = None;
            self.idle.notify_waiters();
        }
        next
    }

    /// Takes no more, and waits until what is there is handled; after the grace the rest is dropped. How many that
    /// were, the one in work among them.
    pub(crate) async fn drain(&self, grace: Duration) -> usize {
        self.state().closed = true;
        self.space.notify_waiters();
        if tokio::time::timeout(grace, self.wait_idle()).await.is_ok() {
            return 0;
        }
        let mut state = self.state();
        let in_work = state.worker.take().map(|worker| worker.abort());
        let lost = state.waiting.len() + usize::from(in_work.is_some());
        state.waiting.clear();
        drop(state);
        let (event, listener, plugin) = (self.listener.event, self.listener.name, self.plugin.name);
        tracing::warn!(event, listener, plugin, "{lost} events were not handled within {grace:?}");
        lost
    }

    /// How many events wait, without the one in work.
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    async fn wait_idle(&self) {
        loop {
            let mut idle = pin!(self.idle.notified());
            idle.as_mut().enable();
            if self.state().worker.is_none() {
                return;
            }
            idle.await;
        }
    }

    /// Logs that an event was dropped: the 1st, 2nd, 4th, 8th … of this queue.
    fn note_dropped(&self, why: &str) -> usize {
        let dropped = {
            let mut state = self.state();
            state.dropped += 1;
            state.dropped
        };
        if dropped.is_power_of_two() {
            let (event, listener, plugin) = (self.listener.event, self.listener.name, self.plugin.name);
            tracing::warn!(event, listener, plugin, dropped, "an event was dropped: {why}");
        }
        1
    }
}
