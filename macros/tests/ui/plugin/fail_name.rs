use galatea::prelude::*;

/// A plugin.
#[plugin("My Weather")]
pub struct Weather;

/// A plugin.
#[plugin("")]
pub struct Blank;

/// A plugin.
#[plugin]
pub struct Nameless;

fn main() {}
