use galatea::prelude::*;

/// A site.
#[plugin("site")]
pub struct Site;

/// Reads the body twice.
#[route(POST, "/a")]
async fn twice(_first: String, _agent: Agent, _second: route::Bytes) {}

fn main() {}
