use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

use galatea::event::{MessageReceived, MessageSent};

#[on(MessageReceived)]
async fn greet(_event: Event<MessageSent>) {}

fn main() {}
