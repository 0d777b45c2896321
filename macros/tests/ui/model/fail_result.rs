use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[model(TextLarge)]
async fn complete(_request: Request) -> Result<String, String> {
    Err(String::new())
}

fn main() {}
