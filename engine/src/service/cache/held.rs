//! A value in a cache, with its type forgotten and its times.

use jiff::Timestamp;
use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// A value and how long it counts, or why there is none.
#[derive(Clone)]
pub(super) struct Held(Arc<Inside>);

struct Inside {
    value: Result<Box<dyn Any + Send + Sync>, String>,
    /// Until then it is as good as new.
    fresh: Timestamp,
    /// Until then it may be given while a new one is made.
    usable: Timestamp,
    /// Somebody makes a new one.
    renewing: AtomicBool,
}

/// What a making gave.
pub(super) enum Outcome<T> {
    Value(T),
    Failed(String),
    OfAnotherType,
}

impl Held {
    pub(super) fn new<T: Send + Sync + 'static>(value: T, fresh: Timestamp, usable: Timestamp) -> Self {
        Self(Arc::new(Inside { value: Ok(Box::new(value)), fresh, usable, renewing: AtomicBool::new(false) }))
    }

    /// A failure is over at once: it is only for those who waited for it.
    pub(super) fn failed(why: String) -> Self {
        let over = Timestamp::MIN;
        Self(Arc::new(Inside {
            value: Err(why),
            fresh: over,
            usable: over,
            renewing: AtomicBool::new(false),
        }))
    }

    pub(super) fn value<T: Clone + 'static>(&self) -> Option<T> {
        self.0.value.as_ref().ok()?.downcast_ref().cloned()
    }

    pub(super) fn outcome<T: Clone + 'static>(&self) -> Outcome<T> {
        match &self.0.value {
            Ok(_) => self.value().map_or(Outcome::OfAnotherType, Outcome::Value),
            Err(why) => Outcome::Failed(why.clone()),
        }
    }

    pub(super) fn fresh(&self, now: Timestamp) -> bool {
        now < self.0.fresh
    }

    pub(super) fn usable(&self, now: Timestamp) -> bool {
        now < self.0.usable
    }

    /// Whether the caller is the one to make a new value.
    pub(super) fn begin_renewal(&self) -> bool {
        !self.0.renewing.swap(true, Ordering::AcqRel)
    }

    /// Ends the renewal when it is dropped.
    pub(super) fn renewal(&self) -> Renewal {
        Renewal(self.clone())
    }
}

pub(super) struct Renewal(Held);

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.0.renewing.store(false, Ordering::Release);
    }
}
