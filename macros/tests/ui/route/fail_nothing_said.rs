use galatea::prelude::*;

/// A site.
#[plugin("site")]
pub struct Site;

#[route]
async fn hello() {}

/// Not async, and without a path.
#[route(GET)]
fn goodbye() {}

/// On a struct.
#[route(GET, "/page")]
pub struct Page;

fn main() {}
