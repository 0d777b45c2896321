//! IGNORE.

use galatea::prelude::*;

/// Says nothing. For when the conversation has come to its natural end, both have said goodbye, or the user is
/// aggressive or creepy. Not for when the user spoke to the agent directly, or when something went wrong and
/// they should know.
#[action(
    similes("STOP_TALKING", "STOP_CHATTING", "STOP_CONVERSATION"),
    example(user = "Go away, I do not want to talk to you any more"),
    example(user = "ok bye, see you tomorrow"),
    example(user = "Shut up, bot")
)]
async fn ignore() -> ActionResult {
    ActionResult::text("Said nothing.")
}
