use galatea::prelude::*;

/// A site.
#[plugin("site")]
pub struct Site;

/// A number is no answer.
#[route(GET, "/number")]
async fn number() -> u32 {
    1
}

/// A number is no folder.
#[route(STATIC, "/files")]
async fn files() -> u32 {
    1
}

fn main() {}
