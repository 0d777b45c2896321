use galatea::prelude::*;

pub struct Http;

/// A plugin.
#[plugin("weather", requires(Http))]
pub struct Weather;

fn main() {}
