use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

fn city(message: &Memory) -> String {
    message.content.text.clone()
}

/// The time.
#[provider(cache(ttl = "60s", per = room, key = city))]
async fn both() -> Context {
    Context::default()
}

/// The time.
#[provider(cache(ttl = "60s", per = world))]
async fn unknown() -> Context {
    Context::default()
}

/// The time.
#[provider(cache(per = room))]
async fn for_ever() -> Context {
    Context::default()
}

fn main() {}
