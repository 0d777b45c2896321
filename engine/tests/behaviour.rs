//! How agents behave, through the public interface: loading, turns, rooms.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugins here are for these tests only")]

#[path = "behaviour/builtin.rs"]
mod builtin;
#[path = "behaviour/compose.rs"]
mod compose;
#[path = "behaviour/contracts.rs"]
mod contracts;
#[path = "behaviour/kinds.rs"]
mod kinds;
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
#[path = "behaviour/supervision.rs"]
mod supervision;
#[path = "behaviour/support.rs"]
mod support;
#[path = "behaviour/turns.rs"]
mod turns;
