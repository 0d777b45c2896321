use galatea::prelude::*;

/// A site.
#[plugin("site")]
pub struct Site;

/// Lower-case.
#[route(get, "/a")]
async fn lower() {}

/// Two methods.
#[route(GET, POST, "/b")]
async fn both() {}

/// The path in the method.
#[route(GET("/c"))]
async fn inside() {}

/// Two paths, and a key that there is not.
#[route(GET, "/d", "/e", publik)]
async fn paths() {}

/// Values that do not fit.
#[route(POST, "/f", name = "New Item", public, roles("boss"), timeout = "long", body = "10 megabytes")]
async fn values() {}

fn main() {}
