use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The mood.
#[evaluator]
async fn mood(_turns: Turns) {}

fn main() {}
