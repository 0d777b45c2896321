use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[validate]
fn maybe() -> Option<bool> {
    None
}

fn main() {}
