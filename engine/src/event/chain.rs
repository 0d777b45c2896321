//! Which events led to the one that is being emitted: what keeps an event that causes itself from going on for ever.

use std::{future::Future, sync::Arc};

/// How many events may lie within one another.
const DEEPEST: usize = 16;

tokio::task_local! {
    static CURRENT: Chain;
}

/// The events within whose handlers this code runs, outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain(Arc<[&'static str]>);

impl Chain {
    /// The chain with one more event at its end.
    ///
    /// # Errors
    /// The whole chain in words, if it is too long already.
    pub(super) fn with(event: &'static str) -> Result<Self, String> {
        let current = CURRENT.try_with(Self::clone).unwrap_or_default();
        let longer: Vec<&'static str> = current.0.iter().copied().chain([event]).collect();
        if longer.len() > DEEPEST {
            return Err(longer.join(" → "));
        }
        Ok(Self(longer.into()))
    }

    /// Whether its last event is one of those before it: it leads to itself.
    pub(super) fn is_circle(&self) -> bool {
        self.0.split_last().is_some_and(|(last, before)| before.contains(last))
    }

    /// Runs the handlers of its last event.
    pub(super) async fn within<T>(self, handlers: impl Future<Output = T>) -> T {
        CURRENT.scope(self, handlers).await
    }
}
