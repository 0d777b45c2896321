use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

impl Weather {
    /// Weather.
    #[action]
    async fn get_weather(&self) {}
}

fn main() {}
