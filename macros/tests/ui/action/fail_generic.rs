use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Weather.
#[action]
async fn get_weather<T>(_place: Args<T>) {}

/// Weather.
#[action]
async fn lend<'a>(_place: &'a str) {}

/// Weather.
#[action]
async fn hide(_place: impl Send) -> impl Sized {}

fn main() {}
