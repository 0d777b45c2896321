use galatea::prelude::*;

/// Knows people.
#[plugin("people")]
pub struct People;

pub struct Profile;

/// Greets somebody.
#[action]
async fn greet(_profiles: Component<Profile>) {}

fn main() {}
