//! Tasks: what an agent does at a time of its own, not because somebody spoke.
//!
//! A handler with `#[task]` belongs to a plugin; a [`StoredTask`](crate::store::StoredTask) says when it runs with which
//! arguments. Those that the attribute schedules are written down when the agent has started (`declare`), others by
//! programs through [`Tasks`] (`tasks`). `scheduler` sleeps until the next one is due, claims it and lets `attempt` run it,
//! at most 16 side by side; `schedule` tells times. An agent without tasks that wait has no scheduler.
//!
//! A task runs once, also where several processes run the same agent: who runs it writes so first, and the storage takes
//! one of two such writes. The claim is a lease, put off while the attempt runs. If it ends, the process was killed in the
//! middle: an `idempotent` task runs again, of another one nobody knows whether it took effect, so it is reported and not
//! repeated.
//!
//! Called by `agent` at start, stop and unload; knows agents, storages and events.

mod attempt;
mod declare;
mod run_now;
mod schedule;
mod scheduler;
mod tasks;

pub use schedule::{Schedule, ScheduleError};
pub use tasks::{NewTask, TaskError, Tasks, When};

pub(crate) use scheduler::Scheduler;
