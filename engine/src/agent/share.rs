//! Events that all processes of an agent hear.

use super::Agent;
use crate::{event::EventType, fabric::Hint, store::StoreError};
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

type Receive = fn(Agent, Value) -> BoxFuture<'static, Result<(), serde_json::Error>>;

/// The types of events that are shared.
#[derive(Default)]
pub(super) struct Shares {
    /// So that an agent that shares nothing takes no lock.
    any: AtomicBool,
    by_name: RwLock<BTreeMap<&'static str, Receive>>,
}

impl fmt::Debug for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.read().unwrap_or_else(PoisonError::into_inner).keys()).finish()
    }
}

impl Shares {
    fn of(&self, name: &str) -> Option<Receive> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        self.by_name.read().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }
}

impl Agent {
    /// Shares the events of a type between the processes that run this agent, from now on: what is emitted here is
    /// emitted in every other process that shares the type too, and theirs here. To be called in each process, e.g. in
    /// the `on_load` of the plugin whose events they are.
    ///
    /// Each other process hears an event at most once: one that is not connected at this moment never hears it, and
    /// SQLite carries none. What must arrive belongs in the storage.
    pub fn share<E: EventType + DeserializeOwned>(&self) {
        let receive: Receive = |agent, payload| {
            Box::pin(async move {
                let event: E = serde_json::from_value(payload)?;
                agent.0.events.emit(&agent, event).await;
                Ok(())
            })
        };
        let shares = &self.0.shares;
        shares.by_name.write().unwrap_or_else(PoisonError::into_inner).insert(E::NAME, receive);
        shares.any.store(true, Ordering::Release);
    }

    /// Tells the other processes of an event whose type is shared.
    pub(super) async fn tell_others<E: EventType>(&self, event: &E) {
        if self.0.shares.of(E::NAME).is_none() || !self.fabric().is_shared() {
            return;
        }
        let told = match serde_json::to_value(event) {
            Ok(payload) => self.fabric().tell(Hint::Event { name: E::NAME.to_owned(), payload }).await,
            Err(error) => Err(StoreError::Failed(format!("it cannot be written as JSON: {error}"))),
        };
        if let Err(error) = told {
            tracing::warn!(event = E::NAME, "other processes do not hear of this event: {error}");
        }
    }

    /// Emits here what another process emitted.
    pub(super) async fn hear_event(&self, name: &str, payload: Value) {
        let Some(receive) = self.0.shares.of(name) else { return };
        if let Err(error) = receive(self.live(), payload).await {
            tracing::warn!(
                event = name,
                "an event of another process cannot be read, perhaps of another version: {error}"
            );
        }
    }
}
