use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The time.
#[provider]
async fn local_time() -> u8 {
    12
}

fn main() {}
