use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[batch]
async fn judge_many(turns: Turns) -> Vec<Option<Evaluation>> {
    turns.iter().map(|_| None).collect()
}

/// The mood.
#[evaluator(gate, batch = judge_many)]
async fn mood() {}

/// The tone.
#[evaluator(batch)]
async fn tone() {}

fn main() {}
