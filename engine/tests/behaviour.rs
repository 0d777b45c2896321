//! How agents behave, through the public interface: loading, turns, rooms.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugins here are for these tests only")]

#[path = "behaviour/compose.rs"]
mod compose;
#[path = "behaviour/kit.rs"]
mod kit;
#[path = "behaviour/kit_http.rs"]
mod kit_http;
#[path = "behaviour/kit_recording.rs"]
mod kit_recording;
#[path = "behaviour/kit_replay.rs"]
mod kit_replay;
#[path = "behaviour/load.rs"]
mod load;
#[path = "behaviour/models.rs"]
mod models;
#[path = "behaviour/plugin_tests.rs"]
mod plugin_tests;
#[path = "behaviour/respond.rs"]
mod respond;
#[path = "behaviour/restart.rs"]
mod restart;
#[path = "behaviour/rooms.rs"]
mod rooms;
#[path = "behaviour/support.rs"]
mod support;
#[path = "behaviour/turns.rs"]
mod turns;
