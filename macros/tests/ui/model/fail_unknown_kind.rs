use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[model(TextLage, "text-small", Custom, Image(1))]
async fn complete(_request: Request) -> String {
    String::new()
}

fn main() {}
