use galatea::prelude::*;

/// A plugin.
#[plugin("watch")]
pub struct Watch;

/// Unknown and malformed keys.
#[middleware(nam = "a", of = "action", name = "Not A Name")]
fn keys() -> impl Middleware {
    middleware::from_fn(|call, next| async move { next.run(call).await })
}

/// Kinds that there are not.
#[middleware(of(actions, action, action))]
fn kinds() -> impl Middleware {
    middleware::from_fn(|call, next| async move { next.run(call).await })
}

/// No kinds.
#[middleware(of())]
fn none() -> impl Middleware {
    middleware::from_fn(|call, next| async move { next.run(call).await })
}

fn main() {}
