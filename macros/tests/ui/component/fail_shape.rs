use galatea::prelude::*;

/// Knows people.
#[plugin("people")]
pub struct People;

/// An enum.
#[component("mood")]
pub enum Mood {
    /// Good.
    Good,
}

/// Without names.
#[component("pair")]
pub struct Pair(u8, u8);

/// Of any type.
#[component("any")]
pub struct Any<T> {
    /// A value.
    pub value: T,
}

/// Derived twice.
#[component("Twice Derived", colour = "red")]
#[derive(Debug, serde::Serialize)]
pub struct Twice {
    /// A value.
    pub value: u8,
}

fn main() {}
