use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[on(galatea::event::MessageReceived, galatea::event::MessageSent)]
async fn greet() {}

fn main() {}
