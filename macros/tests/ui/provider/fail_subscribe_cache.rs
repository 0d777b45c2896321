use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The time.
#[provider(subscribe, cache(ttl = "60s"))]
async fn local_time() -> impl Stream<Item = Context> + Send + 'static {
    galatea::provider::stream::empty()
}

/// The time.
#[provider]
async fn not_subscribing() -> impl Stream<Item = Context> + Send + 'static {
    galatea::provider::stream::empty()
}

fn main() {}
