//! Galatea: an engine for AI agents whose plugins are declared, checked at build time, fast and safe.
//!
//! A plugin is a Rust type, its parts are annotated functions, and one resolver, run by `build.rs` and by the
//! runtime alike, turns a character file into a plan that is proved before anything starts. Plugin authors
//! begin with [`prelude`], embedders with [`agent::Agent::start`].

extern crate self as galatea;

pub mod action;
pub mod agent;
pub mod budget;
pub mod build;
pub mod character;
pub mod citation;
pub mod clock;
pub mod component;
pub mod definition;
pub mod diagnostic;
pub mod evaluator;
pub mod event;
pub mod extract;
pub mod fabric;
mod fit;
pub mod memory;
pub mod middleware;
pub mod model;
pub mod plan;
pub mod prelude;
#[doc(hidden)]
pub mod private;
pub mod provider;
pub mod registry;
pub mod route;
pub mod search;
pub mod service;
pub mod store;
pub mod task;
pub mod telemetry;
pub mod testing;
pub mod text;
pub mod token;
pub mod turn;

pub use galatea_macros::batch;
pub use galatea_macros::{
    action, component, compose, config, evaluator, middleware, model, on, on_load, on_unload, plugin,
    plugin_test, provider, route, service, storage, task, validate,
};

/// The version of the engine.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
