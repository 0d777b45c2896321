use galatea::prelude::*;

/// A plugin.
#[plugin("weather", permissions(Netwerk, Files, Network = "*", "network"))]
pub struct Weather;

fn main() {}
