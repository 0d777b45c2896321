//! `retry`: tries again what failed.

use crate::{
    middleware::{Answered, Call, CallError, Middleware, Next, from_fn},
    model::ModelError,
};
use backon::{BackoffBuilder, ExponentialBuilder};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// How `retry` tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RetrySettings {
    /// How often it tries again after the first time. Default 2.
    #[schemars(range(min = 0, max = 100))]
    pub times: u32,
    /// The pause before the second attempt; every further one is twice as long. Default 200ms.
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    #[serde(with = "crate::text::duration")]
    pub pause: Duration,
    /// The longest pause. Default 10s.
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    #[serde(with = "crate::text::duration")]
    pub longest_pause: Duration,
    /// Whether actions that are not `idempotent` are run again too, although that may do harm. Default false.
    pub also_non_idempotent: bool,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            times: 2,
            pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(10),
            also_non_idempotent: false,
        }
    }
}

pub(super) fn retry(settings: RetrySettings) -> impl Middleware {
    from_fn(move |call, next| async move {
        if !call.part.idempotent && !settings.also_non_idempotent {
            return next.run(call).await;
        }
        attempts(settings, call, &next).await
    })
}

async fn attempts(settings: RetrySettings, call: Call, next: &Next) -> Answered {
    let mut pauses = ExponentialBuilder::new()
        .with_min_delay(settings.pause)
        .with_max_delay(settings.longest_pause)
        .with_max_times(settings.times as usize)
        .build();
    let said = call.replies();
    let mut attempt = 1;
    loop {
        let answered = next.run(call.clone()).await;
        // Users saw a part of it: once more would be twice for them.
        let was_heard = call.has_streamed() || call.replies() > said;
        if was_heard || !may_help(&answered) {
            return answered;
        }
        let Some(pause) = pauses.next() else { return answered };
        let part = call.part;
        attempt += 1;
        tracing::debug!(kind = part.kind.name(), name = part.name, plugin = part.plugin, attempt, "again");
        call.invocation.agent.clock().sleep(pause.max(asked_for(&answered))).await;
    }
}

/// Whether a call failed, in such a way that the next attempt may not.
fn may_help(answered: &Answered) -> bool {
    match answered {
        Ok(outcome) => outcome.is_failure(),
        Err(error) => !error.is_final(),
    }
}

/// The pause that a model asks for.
fn asked_for(answered: &Answered) -> Duration {
    match answered {
        Err(CallError::Model(ModelError::RateLimited { retry_after: Some(pause) })) => *pause,
        _ => Duration::ZERO,
    }
}
