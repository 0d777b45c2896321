use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The time.
#[provider(subscribe)]
async fn local_time() -> Context {
    Context::default()
}

/// The time.
#[provider(subscribe)]
async fn hours() -> impl Stream<Item = u8> + Send + 'static {
    galatea::provider::stream::empty()
}

fn main() {}
