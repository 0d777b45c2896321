use galatea::prelude::*;

/// Search.
#[plugin("search")]
pub struct Search;

pub struct Counts;

/// Its work gives a number.
#[service]
impl Counts {
    async fn start() -> Self {
        Self
    }

    async fn run(&self) -> u8 {
        1
    }
}

fn main() {}
