//! Providers and evaluators are registered as they are declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{definition::CacheDef, prelude::*, registry::Registry};
use std::time::Duration;

/// A clock.
#[plugin("time")]
pub struct Time;

/// The time.
#[provider(
    position = 10,
    dynamic,
    private,
    timeout = "2s",
    cache(ttl = "60s", stale_while_revalidate)
)]
async fn local_time(_clock: Clock, _config: Config<Time>) -> Option<Context> {
    None
}

/// The date.
#[provider(name = "TODAY")]
async fn date() -> Result<String, String> {
    Ok("today".to_owned())
}

/// Whether the answer names the time.
#[evaluator(
    similes("ON_TIME"),
    example("What time is it?"),
    always_run,
    gate,
    timeout = "1s"
)]
async fn punctual() -> Option<Evaluation> {
    None
}

fn main() {
    let registry = Registry::linked().unwrap();
    let time = registry.get("time").unwrap();
    assert_eq!(
        time.providers.iter().map(|p| p.name).collect::<Vec<_>>(),
        ["LOCAL_TIME", "TODAY"]
    );
    let provider = time.providers[0];
    assert_eq!(
        (provider.position, provider.dynamic, provider.private),
        (10, true, true)
    );
    assert_eq!(provider.timeout, Duration::from_secs(2));
    assert_eq!(
        provider.cache,
        Some(CacheDef {
            ttl: Duration::from_secs(60),
            stale_while_revalidate: true
        })
    );
    assert_eq!(
        (time.providers[1].cache, time.providers[1].timeout),
        (None, Duration::from_secs(5))
    );
    let evaluator = time.evaluators[0];
    assert_eq!(
        (evaluator.name, evaluator.similes),
        ("PUNCTUAL", &["ON_TIME"][..])
    );
    assert!(evaluator.always_run && evaluator.gate);
    assert_eq!(evaluator.timeout, Duration::from_secs(1));
}
