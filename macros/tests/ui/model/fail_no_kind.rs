use galatea::prelude::*;

/// Weather.
#[plugin("weather")]
pub struct Weather;

#[model(tools)]
async fn complete(_request: Request) -> String {
    String::new()
}

fn main() {}
