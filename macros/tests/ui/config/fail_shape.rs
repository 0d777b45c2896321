use galatea::prelude::*;

/// Settings.
#[config]
pub enum Choice {
    /// One.
    One,
}

/// Settings.
#[config]
pub struct Tuple(u8);

/// Settings.
#[config]
pub struct Generic<T> {
    /// A key.
    pub key: T,
}

/// Settings.
#[config]
pub struct Unit;

/// Settings.
#[config]
fn settings() {}

fn main() {}
