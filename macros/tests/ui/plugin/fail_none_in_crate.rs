use galatea::prelude::*;

/// Whose?
#[action]
async fn get_weather(_message: Message) {}

fn main() {}
