use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[evaluator(always)]
async fn sentiment() {}

fn main() {}
