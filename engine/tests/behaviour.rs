//! How agents behave, through the public interface: loading, turns, rooms.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugins here are for these tests only")]

#[path = "behaviour/approvals.rs"]
mod approvals;
#[path = "behaviour/chain.rs"]
mod chain;
#[path = "behaviour/compose.rs"]
mod compose;
#[path = "behaviour/load.rs"]
mod load;
#[path = "behaviour/models.rs"]
mod models;
#[path = "behaviour/respond.rs"]
mod respond;
#[path = "behaviour/restart.rs"]
mod restart;
#[path = "behaviour/rooms.rs"]
mod rooms;
#[path = "behaviour/scenarios.rs"]
mod scenarios;
#[path = "behaviour/script.rs"]
mod script;
#[path = "behaviour/supersede.rs"]
mod supersede;
#[path = "behaviour/support.rs"]
mod support;
#[path = "behaviour/till.rs"]
mod till;
#[path = "behaviour/turns.rs"]
mod turns;
