use galatea::prelude::*;

/// A plugin.
#[plugin("weather", requires(galatea_nowhere::Nowhere))]
pub struct Weather;

fn main() {}
