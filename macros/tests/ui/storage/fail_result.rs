use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[storage]
async fn open() -> String {
    String::new()
}

fn main() {}
