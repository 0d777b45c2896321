use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[plugin_test(confg = "a = 1", timeout = "soon", plugin)]
fn asks(&self) {}

/// Waits.
#[plugin_test(config = 3)]
async fn waits() {}

fn main() {}
