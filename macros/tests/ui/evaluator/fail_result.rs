use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The mood.
#[evaluator]
async fn sentiment() -> f64 {
    0.5
}

fn main() {}
