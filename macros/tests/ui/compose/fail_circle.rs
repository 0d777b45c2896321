use galatea::prelude::*;

/// A plugin.
#[plugin("one")]
pub struct One;

compose!(
    /// Of the other.
    pub struct Egg = "egg", [One, Hen];
);

compose!(
    /// Of the one.
    pub struct Hen = "hen", [One, Egg];
);

fn main() {}
