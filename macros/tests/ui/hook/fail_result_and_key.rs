use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[on_load]
async fn load() -> u8 {
    1
}

#[on_unload(plugn = Weather)]
async fn unload() {}

fn main() {}
