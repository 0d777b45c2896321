use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

pub struct Client;

#[service]
impl Client {}

fn main() {}
