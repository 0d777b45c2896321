//! Providers and evaluators are registered as they are declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::{CacheScope, ProviderCall},
    prelude::*,
    provider::stream,
    registry::Registry,
};
use std::{convert::Infallible, time::Duration};

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

fn zone(message: &Memory) -> String {
    message.content.text.clone()
}

/// The time somewhere else.
#[provider(cache(ttl = "1m", key = zone))]
async fn time_there() -> Context {
    Context::default()
}

/// The time of a room.
#[provider(cache(ttl = "1m", per = room))]
async fn time_here() -> Context {
    Context::default()
}

/// The time, told by itself.
#[provider(subscribe)]
async fn ticks(_clock: Clock, _config: Config<Time>) -> impl Stream<Item = Context> + Send + 'static {
    stream::empty()
}

/// The same, if it can be had.
#[provider(subscribe, dynamic, timeout = "1s")]
async fn tocks() -> Result<impl Stream<Item = Result<String, Infallible>> + Send + 'static, String> {
    Ok(stream::empty())
}

/// The same, by a type that has a name.
#[provider(subscribe)]
async fn zones() -> stream::Empty<Option<String>> {
    stream::empty()
}

/// Several turns at once.
#[batch]
async fn punctual_turns(turns: Turns, _clock: Clock, _config: Config<Time>) -> Result<Vec<Option<Evaluation>>, String> {
    Ok(turns.iter().map(|_| None).collect())
}

/// Whether the answers name the time.
#[evaluator(batch = punctual_turns)]
async fn punctual_often(_compose: Compose) {}

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
        ["LOCAL_TIME", "TICKS", "TIME_HERE", "TIME_THERE", "TOCKS", "TODAY", "ZONES"]
    );
    let provider = time.providers[0];
    assert_eq!(
        (provider.position, provider.dynamic, provider.private),
        (10, true, true)
    );
    assert_eq!(provider.timeout, Duration::from_secs(2));
    let cache = provider.cache.unwrap();
    assert_eq!(cache.ttl, Duration::from_secs(60));
    assert!(cache.stale_while_revalidate && matches!(cache.by, CacheScope::User));
    let by = |at: usize| time.providers[at].cache.unwrap().by;
    assert!(matches!(by(2), CacheScope::Room) && matches!(by(3), CacheScope::Key(_)));
    for (at, subscribes) in [(0, false), (1, true), (4, true), (5, false), (6, true)] {
        assert_eq!(matches!(time.providers[at].call, ProviderCall::Subscribe(_)), subscribes);
    }
    assert!(time.providers[5].cache.is_none());
    assert_eq!(time.providers[5].timeout, Duration::from_secs(5));
    let evaluator = time.evaluators[0];
    assert_eq!(
        (evaluator.name, evaluator.similes),
        ("PUNCTUAL", &["ON_TIME"][..])
    );
    assert!(evaluator.always_run && evaluator.gate && evaluator.batch.is_none());
    assert!(time.evaluators[1].batch.is_some());
    assert_eq!(evaluator.timeout, Duration::from_secs(1));
}
