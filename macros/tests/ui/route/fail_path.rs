use galatea::prelude::*;

/// A site.
#[plugin("site")]
pub struct Site;

/// No slash first.
#[route(GET, "hello")]
async fn a() {}

/// A slash at the end.
#[route(GET, "/hello/")]
async fn b() {}

/// Parameters as other frameworks write them.
#[route(GET, "/hello/:name")]
async fn c() {}

/// The rest before the end.
#[route(GET, "/{*rest}/end")]
async fn d() {}

/// A name twice.
#[route(GET, "/{name}/{name}")]
async fn e() {}

/// Half a part.
#[route(GET, "/{name}.json")]
async fn f() {}

/// A query.
#[route(GET, "/hello?name=x")]
async fn g() {}

/// A folder with a parameter.
#[route(STATIC, "/files/{user}")]
async fn h() -> &'static str {
    "files"
}

fn main() {}
