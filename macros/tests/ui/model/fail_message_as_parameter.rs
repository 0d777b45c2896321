use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[model(TextLarge)]
async fn complete(_chunks: Chunks, _event: Event<galatea::event::MessageReceived>) -> String {
    String::new()
}

fn main() {}
