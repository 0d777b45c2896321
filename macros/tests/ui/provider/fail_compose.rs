use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The time.
#[provider]
async fn local_time(_compose: Compose) -> Context {
    Context::default()
}

fn main() {}
