use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

fn length(message: &Memory) -> usize {
    message.content.text.len()
}

/// The time.
#[provider(cache(ttl = "60s", key = length))]
async fn local_time() -> Context {
    Context::default()
}

fn main() {}
