use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[batch]
async fn judge_many(_turns: Turns, _message: Message) -> Vec<Option<Evaluation>> {
    Vec::new()
}

fn main() {}
