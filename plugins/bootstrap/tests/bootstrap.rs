//! Basic conduct in a running agent: every action, every provider, reflection.
#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugin here is for these tests only")]

#[path = "bootstrap/actions.rs"]
mod actions;
#[path = "bootstrap/golden.rs"]
mod golden;
#[path = "bootstrap/offline.rs"]
mod offline;
#[path = "bootstrap/providers.rs"]
mod providers;
#[path = "bootstrap/reflection.rs"]
mod reflection;
#[path = "bootstrap/roles.rs"]
mod roles;
#[path = "bootstrap/support.rs"]
mod support;
