use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

async fn judge_many(turns: Turns) -> Vec<Option<Evaluation>> {
    turns.iter().map(|_| None).collect()
}

/// The mood.
#[evaluator(batch = judge_many)]
async fn mood() {}

fn main() {}
