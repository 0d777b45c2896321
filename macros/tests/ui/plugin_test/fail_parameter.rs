use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Asks.
#[plugin_test]
async fn asks(config: Config<Weather>) {
    drop(config);
}

fn main() {}
