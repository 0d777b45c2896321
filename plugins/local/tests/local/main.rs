//! The plugin `local`. With the feature `local` the real model runs, as `.ci/local` does it:
//! `cargo --config tools/local.toml test -p galatea-local --features local`. Without it there is one thing to be said.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed assumption fails the test; figures are printed"
)]

#[cfg(not(feature = "local"))]
mod absent;
#[cfg(feature = "local")]
mod fetch;
#[cfg(feature = "local")]
mod files;
#[cfg(feature = "local")]
mod real;
#[cfg(feature = "local")]
mod support;
