//! Events: what happens in an agent, as typed payloads that plugins listen to with `#[on(Type)]`.
//!
//! A custom event is any type that implements [`EventType`]. Handlers of one event run one after another in
//! load order, each apart from the others: an error, a panic or a timeout of one is logged and the next one
//! runs. Handlers with `queued` (`queue`) run on a task of their own, and who emits does not wait for them. Handlers that
//! come and go while the agent runs (`subscription`) follow in the order of subscription. Observers outside plugins
//! (the chat, the console) use [`EventBus::subscribe`], a bounded stream that drops the oldest when a reader is slow.
//! A handler may emit; events that lead to one another without end are cut off (`chain`).

mod bus;
mod chain;
mod kinds;
mod owner;
mod queue;
mod subscription;

pub use bus::{EventBus, Notice};
pub use kinds::*;
pub(crate) use owner::Owner;
pub use queue::Queue;
pub use subscription::Subscription;

use serde::Serialize;
use serde_json::Value;
use std::{any::Any, fmt::Debug, sync::Arc};

/// A type whose values are events.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "expected a type that implements `EventType`",
    note = "the engine's events are in `galatea::event`; your own: `impl EventType for {Self} {{ const NAME: &'static str = \"MY_PLUGIN_READY\"; }}`"
)]
pub trait EventType: Serialize + Debug + Send + Sync + 'static {
    /// The name in SCREAMING_SNAKE_CASE, e.g. `MESSAGE_RECEIVED`; unique in a build.
    const NAME: &'static str;
}

/// An event with its type forgotten.
pub trait AnyEvent: Debug + Send + Sync + 'static {
    /// The name of its type.
    fn name(&self) -> &'static str;
    /// The payload as JSON, for logs and observers; secrets in it are covered.
    fn json(&self) -> Value;
    /// Itself, to be downcast.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<E: EventType> AnyEvent for E {
    fn name(&self) -> &'static str {
        E::NAME
    }

    fn json(&self) -> Value {
        let mut payload = serde_json::to_value(self).unwrap_or(Value::Null);
        crate::telemetry::redact_json(&mut payload);
        payload
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}
