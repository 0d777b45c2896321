use galatea::prelude::*;

/// A plugin.
#[plugin(
    "weather",
    require(Http),
    priority = "high",
    lazy = true,
    priority = 1,
    colour = "red"
)]
pub struct Weather;

fn main() {}
