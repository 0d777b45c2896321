use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[provider(cache(tll = "60s"), position = "first", timeout = "soon")]
async fn local_time() -> Context {
    Context::default()
}

fn main() {}
