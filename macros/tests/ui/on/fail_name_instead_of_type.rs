use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[on("MESSAGE_RECEIVED")]
async fn greet() {}

#[on]
async fn nothing() {}

fn main() {}
