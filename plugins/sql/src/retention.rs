//! Deletes what is older, or more, than the settings keep: at hours when there is little else to do.

use crate::{Retention, Sql};
use galatea::{
    prelude::*,
    store::{Limit, Limits, StoreError},
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// Why old records were not deleted.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error("`retention.timezone` is `{0}`, which is no time zone: write e.g. `Europe/Paris` or `UTC`")]
    Timezone(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Deletes old records of turns, scores and cached values, as `[plugins.sql.retention]` says.
#[task(every = "1h", idempotent, timeout = "30m")]
async fn sweep_storage(config: Config<Sql>, agent: Agent) -> Result<(), SweepError> {
    let now = agent.clock().now();
    if !config.retention.is_time(now)? {
        return Ok(());
    }
    let swept = agent.store().sweep(&config.retention.limits(now)).await?;
    if !swept.is_empty() {
        let galatea::store::Swept { runs, scores, cached } = swept;
        tracing::info!(runs, scores, cached, "old records are deleted");
    }
    Ok(())
}

impl Retention {
    /// Whether this is one of the hours.
    fn is_time(&self, now: Timestamp) -> Result<bool, SweepError> {
        let zone = TimeZone::get(&self.timezone).map_err(|_| SweepError::Timezone(self.timezone.clone()))?;
        let hour = u8::try_from(now.to_zoned(zone).hour()).unwrap_or_default();
        Ok(match (self.from_hour, self.to_hour) {
            (from, to) if from == to => true,
            (from, to) if from < to => (from..to).contains(&hour),
            // Over midnight.
            (from, to) => hour >= from || hour < to,
        })
    }

    /// What is kept at this moment.
    fn limits(&self, now: Timestamp) -> Limits {
        let before = |days: u32| {
            let hours = i64::from(days).checked_mul(24).filter(|hours| *hours > 0)?;
            now.checked_sub(hours.hours()).ok()
        };
        let bytes = |mib: u32| (mib > 0).then(|| u64::from(mib) * 1024 * 1024);
        Limits {
            runs: Limit { before: before(self.runs_days), bytes: bytes(self.runs_mib) },
            scores: Limit { before: before(self.scores_days), bytes: None },
            cache: Limit { before: None, bytes: bytes(self.cache_mib) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hours_may_go_over_midnight_and_are_those_of_a_place() {
        for (from_hour, to_hour, timezone, now, wanted) in [
            (2, 5, "UTC", "2026-01-01T02:00:00Z", Some(true)),
            (2, 5, "UTC", "2026-01-01T05:00:00Z", Some(false)),
            (22, 4, "UTC", "2026-01-01T23:30:00Z", Some(true)),
            (22, 4, "UTC", "2026-01-01T03:59:00Z", Some(true)),
            (22, 4, "UTC", "2026-01-01T04:00:00Z", Some(false)),
            (3, 3, "UTC", "2026-01-01T12:00:00Z", Some(true)),
            (2, 5, "Asia/Tokyo", "2026-01-01T18:00:00Z", Some(true)),
            (2, 5, "Nowhere", "2026-01-01T02:00:00Z", None),
        ] {
            let retention =
                Retention { from_hour, to_hour, timezone: timezone.to_owned(), ..Retention::default() };
            let now: Timestamp = now.parse().unwrap_or_default();
            assert_eq!(retention.is_time(now).ok(), wanted, "{from_hour} {to_hour} {timezone} {now}");
        }
    }

    #[test]
    fn nothing_is_no_limit() {
        let now: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap_or_default();
        let none =
            Retention { runs_days: 0, runs_mib: 0, scores_days: 0, cache_mib: 0, ..Retention::default() };
        assert_eq!(none.limits(now), Limits::default());
        let limits = Retention::default().limits(now);
        assert_eq!(limits.runs.before, "2026-01-01T00:00:00Z".parse().ok());
        assert_eq!(limits.runs.bytes, Some(1 << 30));
    }
}
