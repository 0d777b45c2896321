use galatea::prelude::*;

pub struct Settings;

/// A plugin.
#[plugin("weather", config = Settings)]
pub struct Weather;

fn main() {}
