use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[batch]
async fn judge_many(_turns: Turns) -> Option<Evaluation> {
    None
}

fn main() {}
