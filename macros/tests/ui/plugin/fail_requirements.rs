use galatea::prelude::*;

/// A plugin.
#[plugin("http")]
pub struct Http;

/// A plugin.
#[plugin(
    "weather",
    requires(Http, "sql-lite", Weather, Http = 2),
    optional(Http),
    tests(capability(1))
)]
pub struct Weather;

fn main() {}
