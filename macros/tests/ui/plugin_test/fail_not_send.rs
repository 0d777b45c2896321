use galatea::prelude::*;
use std::rc::Rc;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// Asks.
#[plugin_test]
async fn asks() {
    let here = Rc::new(());
    std::future::ready(()).await;
    drop(here);
}

fn main() {}
