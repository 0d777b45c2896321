//! `cache`: gives what a part gave before.

use crate::middleware::{Call, Middleware, Outcome, Part, PartKind, from_fn};
use jiff::Timestamp;
use moka::future::Cache;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How `cache` keeps outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CacheSettings {
    /// How long an outcome is given again. Default 60s.
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    #[serde(with = "crate::text::duration")]
    pub ttl: Duration,
    /// Who gets the outcome that somebody else caused. Default `nobody`.
    pub shared_by: Sharing,
    /// At most so many outcomes are kept; those that are used least go first. Default 1000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub most: u32,
}

/// Who shares outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// The same user in the same room only.
    #[default]
    Nobody,
    /// Everybody in the same room.
    Room,
    /// The same user in every room.
    User,
    /// Everybody everywhere.
    Everybody,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(60), shared_by: Sharing::Nobody, most: 1000 }
    }
}

/// Part, loading of its plugin, what it is called with, room, user.
type Key = (Part, u64, String, Option<Uuid>, Option<Uuid>);

pub(super) fn cache(settings: CacheSettings) -> impl Middleware {
    // The agent's clock says what is over; the cache's own only gives the memory back.
    let kept: Cache<Key, (Timestamp, Outcome)> =
        Cache::builder().max_capacity(u64::from(settings.most)).time_to_live(settings.ttl).build();
    from_fn(move |call, next| {
        let kept = kept.clone();
        async move {
            let Some(key) = key(&call, settings.shared_by) else {
                return next.run(call).await;
            };
            let now = call.invocation.agent.clock().now();
            if let Some((until, outcome)) = kept.get(&key).await
                && now < until
            {
                call.invocation.agent.shared().tally.cache("middleware", call.part.name, true);
                return Ok(outcome);
            }
            call.invocation.agent.shared().tally.cache("middleware", call.part.name, false);
            let said = call.replies();
            let outcome = next.run(call.clone()).await?;
            let until = now.checked_add(settings.ttl).unwrap_or(Timestamp::MAX);
            // What was said aloud while it ran would not be said again.
            if !outcome.is_failure() && call.replies() == said {
                kept.insert(key, (until, outcome.clone())).await;
            }
            Ok(outcome)
        }
    })
}

/// Under what an outcome is kept; `None` for what must not be kept.
fn key(call: &Call, shared_by: Sharing) -> Option<Key> {
    let part = call.part;
    if !part.idempotent || part.reads_turn || call.is_followed() {
        return None;
    }
    let asked = match part.kind {
        PartKind::Action => serde_json::to_string(call.arguments()?).ok()?,
        PartKind::Model => serde_json::to_string(call.request()?).ok()?,
        PartKind::Provider | PartKind::Evaluator => String::new(),
    };
    let message = call.invocation.turn.as_ref().map(|turn| &turn.message);
    let room = message.map(|m| m.room).filter(|_| matches!(shared_by, Sharing::Nobody | Sharing::Room));
    let user = message.map(|m| m.entity).filter(|_| matches!(shared_by, Sharing::Nobody | Sharing::User));
    // What another loading of the plugin said, with another config perhaps, does not count.
    let load = call.invocation.agent.parts().load_number(part.plugin);
    Some((part, load, asked, room, user))
}
