//! The way out: what the agent says waits until whoever brings it to its source says that it arrived.

use super::Agent;
use crate::{
    event::{MessageSent, Subscription},
    memory::Memory,
    store::StoreError,
};
use std::{
    collections::{BTreeSet, VecDeque},
    future,
    sync::Arc,
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// How many messages are read at once of those that wait.
const AT_ONCE: usize = 256;

/// The messages for one source, e.g. `discord`, in the order in which they were said: those first that an earlier process
/// did not deliver, then every one as it is said.
///
/// Each comes at least once, and again after a restart, or from an outbox that is opened anew, until it is
/// [delivered](Self::delivered); its id is always the same, so that the receiver can drop what it has. For a source that
/// never had an outbox nothing waits.
#[derive(Debug)]
pub struct Outbox {
    agent: Agent,
    source: String,
    waiting: VecDeque<Arc<Memory>>,
    /// What was waiting when this was opened and may be told of again.
    known: BTreeSet<Uuid>,
    said: mpsc::UnboundedReceiver<Arc<Memory>>,
    _listening: Subscription,
}

impl Agent {
    /// Opens the outbox of a source: from now on, for ever, what is said there waits until it is delivered. It is for whoever
    /// brings messages to that source, one at a time. End it for good with [`close_outbox`](Self::close_outbox).
    ///
    /// # Errors
    /// If the storage cannot be read or written.
    pub async fn outbox(&self, source: &str) -> Result<Outbox, StoreError> {
        let store = self.store();
        store.open_outbox(source).await?;
        let (sender, said) = mpsc::unbounded_channel();
        let of = source.to_owned();
        // Before what waits is read: nothing is missed in between.
        let listening = self.on(move |sent: Arc<MessageSent>| {
            if sent.message.content.source.as_ref() == Some(&of) {
                // Who received may be gone; the message waits.
                drop(sender.send(Arc::clone(&sent.message)));
            }
            future::ready(())
        });
        let mut waiting = store.undelivered(source, AT_ONCE).await?;
        if waiting.len() == AT_ONCE {
            waiting = store.undelivered(source, usize::MAX).await?;
        }
        let known = waiting.iter().map(|memory| memory.id).collect();
        let waiting = waiting.into_iter().map(Arc::new).collect();
        Ok(Outbox {
            agent: self.live(),
            source: source.to_owned(),
            waiting,
            known,
            said,
            _listening: listening,
        })
    }

    /// Ends the outbox of a source for good: what waits in it is forgotten, and nothing waits any more.
    ///
    /// # Errors
    /// If the storage cannot be written.
    pub async fn close_outbox(&self, source: &str) -> Result<(), StoreError> {
        self.store().close_outbox(source).await
    }
}

impl Outbox {
    /// The source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The next message to deliver; waits for one. `None` when the agent has stopped. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Arc<Memory>> {
        if let Some(memory) = self.waiting.pop_front() {
            return Some(memory);
        }
        loop {
            let memory = tokio::select! {
                biased;
                memory = self.said.recv() => memory?,
                () = self.agent.0.gone.cancelled() => return None,
            };
            if !self.known.remove(&memory.id) {
                return Some(memory);
            }
        }
    }

    /// The next message to deliver if there is one now.
    pub fn next_now(&mut self) -> Option<Arc<Memory>> {
        if let Some(memory) = self.waiting.pop_front() {
            return Some(memory);
        }
        loop {
            let memory = self.said.try_recv().ok()?;
            if !self.known.remove(&memory.id) {
                return Some(memory);
            }
        }
    }

    /// These messages arrived, whichever way: they wait no more and do not come any more. To say so of several in one call
    /// costs as much as of one.
    ///
    /// # Errors
    /// If the storage cannot be written; then they come again after a restart.
    pub async fn delivered(&mut self, messages: &[Uuid]) -> Result<(), StoreError> {
        while let Ok(memory) = self.said.try_recv() {
            if !self.known.remove(&memory.id) {
                self.waiting.push_back(memory);
            }
        }
        self.waiting.retain(|memory| !messages.contains(&memory.id));
        if messages.is_empty() { Ok(()) } else { self.agent.store().delivered(messages).await }
    }
}
