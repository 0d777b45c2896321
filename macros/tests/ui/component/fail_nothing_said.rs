use galatea::prelude::*;

/// Knows people.
#[plugin("people")]
pub struct People;

#[component]
pub struct Profile {
    pub city: String,
}

fn main() {}
