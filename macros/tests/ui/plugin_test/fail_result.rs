use galatea::{prelude::*, testing::PluginTest};

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Asks.
#[plugin_test]
async fn asks(_test: PluginTest) -> bool {
    true
}

fn main() {}
