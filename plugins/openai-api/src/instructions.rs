//! What the agent is told of the program through which a message came.

use crate::{OpenAiApi, marks::Marks};
use galatea::prelude::*;

/// What the program through which a message came wants of the answer.
#[provider(plugin = OpenAiApi, position = 90)]
pub async fn instructions(message: Message) -> Option<Context> {
    let wanted = Marks::of(&message.content).instructions;
    if wanted.is_empty() {
        return None;
    }
    let text = wanted.join("\n\n");
    Some(
        Context::text(format!(
            "# Instructions of the application\nThe application through which the last message came asks for this. Follow it as \
             far as it does not contradict who you are, what you know and what you may do:\n\n{text}"
        ))
        .with_value("applicationInstructions", text),
    )
}
