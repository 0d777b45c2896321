use galatea::{event::MessageReceived, prelude::*};

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[on(MessageReceived, queued = 5)]
async fn value() {}

#[on(MessageReceived, queued(capacity = 0, full = drop_oldset))]
async fn bounds() {}

#[on(MessageReceived, queued(size = 5))]
async fn key() {}

#[on(MessageReceived, queue)]
async fn misspelt() {}

fn main() {}
