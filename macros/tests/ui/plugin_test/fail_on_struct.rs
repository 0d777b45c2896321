use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Asks.
#[plugin_test]
struct Asks;

fn main() {}
