use galatea::prelude::*;

/// A plugin.
#[plugin("http", version = "one")]
pub struct Http;

/// A plugin.
#[plugin("weather", requires(Http = "^x"), engine = "new")]
pub struct Weather;

fn main() {}
