//! The program `galatea` with one more plugin, for the tests of the console: an action that a person must allow.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// A bell that nobody rings without being asked.
#[plugin("bell")]
pub struct Bell;

/// How the bell is rung.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Ringing {
    /// How often.
    times: u32,
}

/// Ring the bell of the observatory.
#[action(
    plugin = Bell,
    name = "RING_BELL",
    similes("ring the bell", "ring the bell again"),
    example(user = "Ring the bell", agent = "The bell rang."),
    approval(by = "admin", expires = "10m")
)]
async fn ring_bell(Args(ringing): Args<Ringing>) -> ActionResult {
    ActionResult::text(format!("The bell rang, {} times.", ringing.times.max(1)))
}

/// The plugins that the build saw, and this one.
fn linked() -> &'static [(&'static str, &'static str)] {
    let bell = ("bell", env!("CARGO_PKG_VERSION"));
    let mut linked: Vec<_> = galatea_bundle::LINKED.iter().copied().chain([bell]).collect();
    linked.sort_unstable();
    linked.leak()
}

fn main() -> std::process::ExitCode {
    galatea_cli::main(galatea_cli::Program {
        name: "galatea",
        version: env!("CARGO_PKG_VERSION"),
        characters: galatea_bundle::CHARACTERS,
        linked: linked(),
        default: Some("ada"),
    })
}
