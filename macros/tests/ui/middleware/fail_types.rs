use galatea::prelude::*;

/// A plugin.
#[plugin("watch")]
pub struct Watch;

pub struct Bare;

/// Settings that cannot be read.
#[middleware]
fn settings(_: Bare) -> impl Middleware {
    middleware::from_fn(|call, next| async move { next.run(call).await })
}

/// No layer.
#[middleware]
fn text() -> String {
    String::new()
}

fn main() {}
