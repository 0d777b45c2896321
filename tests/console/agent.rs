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

fn main() -> std::process::ExitCode {
    galatea_bundle::main()
}
