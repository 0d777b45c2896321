use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Arrived;

#[on(Arrived)]
async fn greet() {}

fn main() {}
