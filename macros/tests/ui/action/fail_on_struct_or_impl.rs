use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action]
impl Weather {}

/// Weather.
#[action]
pub struct City;

fn main() {}
