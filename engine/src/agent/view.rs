//! Which generation of parts a handle of an agent looks at: the newest one, the one that a turn began with, or
//! one that is being made.
//!
//! Plugins can be changed while an agent runs. A turn sees, from its beginning to its end, the plugins,
//! configs, services and character that it began with: its handle is [pinned](Agent::pin). A change is made
//! on a copy, through a handle that is [staged](Agent::stage), and becomes visible at once and wholly when it is
//! [committed](Agent::commit).

use super::{Agent, Inner, Parts, RunningService, claimed::Fence, lazy::LazyService};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// What a handle looks at.
#[derive(Clone)]
pub(super) enum View {
    /// What is newest, at every call.
    Live,
    /// What was newest when the turn began.
    Pinned(Arc<Pin>),
    /// What is being made, or what a service that starts on first use is made of; what is newest, as soon as
    /// that is done.
    Staged(Arc<RwLock<Option<Arc<Parts>>>>),
}

/// A generation of parts in use by a turn. While it exists, nothing of it is stopped.
pub(super) struct Pin {
    parts: Arc<Parts>,
    _in_use: TaskTrackerToken,
    /// The lease under which the turn runs, where rooms are shared.
    fence: Option<Fence>,
}

/// A handle that does not keep the agent alive.
#[derive(Clone)]
pub(crate) struct WeakAgent(Weak<Inner>, View);

impl WeakAgent {
    /// The agent, if it is still there.
    pub(crate) fn upgrade(&self) -> Option<Agent> {
        Some(Agent(self.0.upgrade()?, self.1.clone()))
    }

    /// Whether it is still there.
    pub(crate) fn is_there(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Agent {
    /// What the loaded plugins gave: in a turn, as it was when the turn began; else as it is now.
    #[must_use]
    pub fn parts(&self) -> Arc<Parts> {
        match &self.1 {
            View::Live => self.newest(),
            View::Pinned(pin) => Arc::clone(&pin.parts),
            View::Staged(staged) => read(staged).unwrap_or_else(|| self.newest()),
        }
    }

    pub(super) fn newest(&self) -> Arc<Parts> {
        Arc::clone(&self.0.parts.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the parts that this handle looks at; of a pinned one, the newest ones.
    pub(super) fn change_parts(&self, change: impl FnOnce(&mut Parts)) {
        if let View::Staged(staged) = &self.1 {
            let mut guard = staged.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(parts) = guard.as_mut() {
                change(Arc::make_mut(parts));
                return;
            }
        }
        let mut guard = self.0.parts.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut guard));
    }

    /// The same agent as it is now, whatever changes: the handle of a turn or of a request.
    pub(crate) fn pin(&self) -> Self {
        self.pin_under(None)
    }

    /// The same, for a turn under a lease.
    pub(super) fn pin_under(&self, fence: Option<Fence>) -> Self {
        // Read and counted under one lock: a change waits for every turn that it does not reach.
        let guard = self.0.parts.read().unwrap_or_else(PoisonError::into_inner);
        let pin = Pin { parts: Arc::clone(&guard), _in_use: guard.turns.token(), fence };
        Self(Arc::clone(&self.0), View::Pinned(Arc::new(pin)))
    }

    /// The lease under which the turn of this handle runs.
    pub(super) fn fence(&self) -> Option<&Fence> {
        match &self.1 {
            View::Pinned(pin) => pin.fence.as_ref(),
            View::Live | View::Staged(_) => None,
        }
    }

    /// The same agent as it is at every moment: for what outlives a turn. What it writes belongs to no lease.
    #[must_use]
    pub fn live(&self) -> Self {
        Self(Arc::clone(&self.0), View::Live)
    }

    /// This handle, tied to the parts of this moment unless it is tied to some already: for one call of plugin
    /// code outside turns, whose parameters must fit each other.
    pub(crate) fn steady(&self) -> Self {
        match &self.1 {
            View::Live => self.pin(),
            View::Pinned(_) | View::Staged(_) => self.clone(),
        }
    }

    /// The handle for what outlives a turn: as it is at every moment, or, while it is being made, as it will be.
    pub(crate) fn lasting(&self) -> Self {
        match &self.1 {
            View::Pinned(_) => self.live(),
            View::Live | View::Staged(_) => self.clone(),
        }
    }

    /// The same handle without keeping the agent alive.
    pub(crate) fn weak(&self) -> WeakAgent {
        WeakAgent(Arc::downgrade(&self.0), self.1.clone())
    }

    /// The same agent with a copy of its parts, on which a change can be made that nobody else sees.
    pub(super) fn stage(&self) -> Self {
        self.over(self.newest())
    }

    /// The same agent with parts of its own, until it is [released](Self::release).
    pub(crate) fn over(&self, parts: Arc<Parts>) -> Self {
        Self(Arc::clone(&self.0), View::Staged(Arc::new(RwLock::new(Some(parts)))))
    }

    /// Ends the staging of this handle: it looks at the newest parts from now on.
    pub(super) fn release(&self) {
        if let View::Staged(staged) = &self.1 {
            staged.write().unwrap_or_else(PoisonError::into_inner).take();
        }
    }

    /// Whether this handle looks at parts that are being made, or of a service that is being started.
    pub(super) fn is_staged(&self) -> bool {
        matches!(&self.1, View::Staged(staged) if read(staged).is_some())
    }

    /// Makes what this staged handle holds the newest parts; from then on the handle looks at the newest ones.
    /// `merge` gets the next parts and those that are the newest until now: these may have changed since the
    /// staging began. Gives the parts that were the newest before: when their `turns` are over, no later turn
    /// uses them. `None` if the handle is not a staged one.
    pub(super) fn commit(&self, merge: impl FnOnce(&mut Parts, &Parts)) -> Option<Arc<Parts>> {
        let View::Staged(staged) = &self.1 else { return None };
        // Both locks to the end: the handle must not look at the old parts on its way to the newest ones.
        let mut newest = self.0.parts.write().unwrap_or_else(PoisonError::into_inner);
        let mut staged = staged.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = staged.take()?;
        let parts = Arc::make_mut(&mut next);
        parts.turns = TaskTracker::new();
        merge(parts, &newest);
        let before = std::mem::replace(&mut *newest, next);
        before.turns.close();
        Some(before)
    }

    /// Adds a service that was started on first use to the newest parts, if its plugin is still the one that
    /// they have; else to those that this handle looks at. Parts that nobody changes any more are left as they
    /// are: who unloads their plugins asks the lazy service itself.
    pub(super) fn add_started(&self, lazy: &LazyService, service: &RunningService) {
        let knows = |parts: &Parts| parts.lazy.iter().any(|known| known.is(lazy));
        {
            let mut newest = self.0.parts.write().unwrap_or_else(PoisonError::into_inner);
            if knows(&newest) {
                Arc::make_mut(&mut newest).services.push(service.clone());
                return;
            }
        }
        self.change_parts(|parts| {
            if knows(parts) {
                parts.services.push(service.clone());
            }
        });
    }
}

fn read(staged: &RwLock<Option<Arc<Parts>>>) -> Option<Arc<Parts>> {
    staged.read().unwrap_or_else(PoisonError::into_inner).clone()
}
