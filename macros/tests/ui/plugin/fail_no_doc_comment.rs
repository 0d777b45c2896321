use galatea::prelude::*;

#[plugin("weather")]
pub struct Weather;

fn main() {}
