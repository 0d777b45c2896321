use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[batch(size = 8)]
fn judge_many(turns: Turns) -> Vec<Option<Evaluation>> {
    turns.iter().map(|_| None).collect()
}

/// The mood.
#[evaluator(batch = judge_many)]
async fn mood() {}

fn main() {}
