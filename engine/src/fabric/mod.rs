//! Movement between the processes that run one agent: who works on which room, what wakes whom, and events that all hear.
//!
//! A message is stored by the process that accepts it and handled by the one that [claims](Fabric::claim) its room.
//! What is stored stays in the [store](crate::store); a fabric only says whose turn it is. [`InProcess`] is the default
//! and costs nothing; a storage that several processes may open offers one of its own
//! ([`Store::fabric`](crate::store::Store::fabric)), and an embedder may give another
//! ([`StartOptions::fabric`](crate::agent::StartOptions)), e.g. one over a message broker: leases as its keys, their
//! revision as the fence, hints as its messages.
//!
//! What holds on every fabric:
//!
//! - **Rooms**: of all processes one works on a room at a time. A lease ends with its process, or when the process has
//!   not renewed it in time by the clock of who keeps the leases. Each lease of a room has a higher
//!   [fence](Lease::fence) than the one before; what a turn writes is refused as soon as a newer lease exists
//!   ([`StoreError::Fenced`]), and a turn that lost its room says nothing more.
//! - **Order**: who holds a room takes its messages in the order in which they were stored, whoever accepted them.
//! - **Hints** ([`Hint`]) reach each other process at most once, or never: they make things faster, nothing rests on
//!   them. What was missed is found by looking, after [`Beat::next`].

mod in_process;

pub use in_process::InProcess;

use crate::store::{StoreError, StoredRun};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt::Debug, time::Duration};
use uuid::Uuid;

/// The right to work on a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease {
    /// The room.
    pub room: Uuid,
    /// Higher than that of any earlier lease of the room. 0 where a lease cannot end while its process lives, so that
    /// there is nothing to fence off.
    pub fence: i64,
}

/// The answer to who wants to work on a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This process works on it, until the lease is released or lost.
    Held(Lease),
    /// Another living process does.
    Elsewhere {
        /// When to ask again, if no hint comes before.
        again: Duration,
    },
}

/// What processes tell each other. At most once; see [`Fabric::tell`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// A message waits in a room: for whoever holds it.
    Waits {
        /// The room.
        room: Uuid,
    },
    /// A turn about a message that another process accepted ended: for whoever follows it.
    Ended {
        /// Its room.
        room: Uuid,
    },
    /// An event of a type that is [shared](crate::agent::Agent::share).
    Event {
        /// The name of its type.
        name: String,
        /// The event as JSON.
        payload: Value,
    },
}

/// What a process learns when it says that it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// Leases that it had and that others have taken.
    pub lost: Vec<Lease>,
    /// Rooms in which messages wait and that no other living process holds, at most a thousand.
    pub waiting: Vec<Uuid>,
    /// How many other processes live.
    pub others: usize,
    /// When the next beat is due.
    pub next: Duration,
}

/// A process that runs the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Member {
    /// Identifies it; another one after each start.
    pub id: Uuid,
    /// Since when it runs the agent.
    pub since: Timestamp,
    /// How many rooms it holds, where others can see that.
    pub rooms: Option<u64>,
    /// It is this process.
    pub is_this: bool,
}

/// Movement between the processes that run one agent; see [the module](self). Every method may be called from many
/// tasks.
#[async_trait]
pub trait Fabric: Debug + Send + Sync + 'static {
    /// How rooms are shared, for the load report, e.g. `in this process alone`.
    fn description(&self) -> String;

    /// Whether there can be other processes. If not, nothing else is called but `members`.
    fn is_shared(&self) -> bool {
        true
    }

    /// Claims a room for this process, or finds it held by this process already.
    async fn claim(&self, room: Uuid) -> Result<Claim, StoreError>;

    /// Work on a room is over for now. It may stay with this process, where that is cheaper, until another one needs it.
    async fn release(&self, lease: Lease) -> Result<(), StoreError>;

    /// Says that this process lives, renews its leases, and looks for rooms that need work. The first beat joins.
    async fn beat(&self) -> Result<Beat, StoreError>;

    /// The first runs of a room that are neither finished nor wait for a person, in the order of their messages.
    async fn queue(&self, room: Uuid, most: usize) -> Result<Vec<StoredRun>, StoreError>;

    /// Tells the other processes. It reaches each at most once, in no promised order; where there is no way to tell,
    /// it does nothing.
    async fn tell(&self, hint: Hint) -> Result<(), StoreError>;

    /// Waits for what another process tells. For ever, where there is no way to tell.
    async fn heard(&self) -> Hint;

    /// The processes that run the agent, this one among them, by when they began.
    async fn members(&self) -> Result<Vec<Member>, StoreError>;

    /// Leaves: other processes may work on what this one held. May be called twice.
    async fn leave(&self) -> Result<(), StoreError>;
}
