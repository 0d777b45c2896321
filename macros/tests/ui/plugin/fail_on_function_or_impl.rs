use galatea::prelude::*;

/// A plugin.
#[plugin("weather")]
async fn weather() {}

struct Weather;

/// A plugin.
#[plugin("weather")]
impl Weather {}

fn main() {}
