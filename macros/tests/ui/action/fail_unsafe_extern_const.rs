use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action]
async unsafe extern "C" fn get_weather() {}

/// Weather.
#[action]
const fn constant() {}

fn main() {}
