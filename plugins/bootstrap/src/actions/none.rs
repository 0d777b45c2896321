//! NONE.

use galatea::prelude::*;

/// Responds and does nothing more. The default if the agent speaks and has nothing else to do.
#[action(
    similes("NO_ACTION", "NO_RESPONSE", "NO_REACTION"),
    example(user = "I went for a walk today", agent = "That sounds nice."),
    example(user = "It was a long day", agent = "Then rest a little."),
    example(user = "That is funny", agent = "I thought so too.")
)]
async fn none() -> ActionResult {
    ActionResult::text("Nothing to do.")
}
