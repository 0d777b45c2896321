use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The time.
#[provider(subscribe)]
async fn local_time(_message: Message) -> impl Stream<Item = Context> + Send + 'static {
    galatea::provider::stream::empty()
}

fn main() {}
