use galatea::prelude::*;

/// A site.
#[plugin("site")]
pub struct Site;

/// A route is asked outside any turn.
#[route(GET, "/a")]
async fn in_a_turn(_message: Message) {}

/// Cannot be read: there is no schema.
#[derive(serde::Deserialize)]
pub struct Search;

/// Looks for something.
#[route(GET, "/b")]
async fn search(_search: route::Query<Search>) {}

/// What only routes take.
#[action]
async fn ask(_caller: Caller) {}

fn main() {}
