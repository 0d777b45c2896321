//! Plans: load orders, what is wrong with a selection, conditions, pictures, and what build.rs writes.

#![allow(clippy::unwrap_used, reason = "tests")]

mod build;
mod composed;
mod condition;
mod diagnostics;
mod order;
mod picture;
mod property;
mod support;
