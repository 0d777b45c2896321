use galatea::prelude::*;

/// A plugin.
#[plugin("watch")]
pub struct Watch;

#[middleware]
fn undocumented() -> impl Middleware {
    middleware::from_fn(|call, next| async move { next.run(call).await })
}

/// Not what it should be.
#[middleware]
async fn everything<T>(_settings: &str, _agent: Agent) {}

/// Not a function.
#[middleware]
pub struct Layer;

fn main() {}
