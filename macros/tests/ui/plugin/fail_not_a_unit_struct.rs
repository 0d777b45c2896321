use galatea::prelude::*;

/// A plugin.
#[plugin("weather")]
pub struct Weather {
    city: String,
}

/// A plugin.
#[plugin("generic")]
pub struct Generic<T>(T);

fn main() {}
