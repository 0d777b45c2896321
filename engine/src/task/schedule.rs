//! When tasks run.

use cronexpr::{Crontab, MakeTimestamp, parse_crontab};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// How often a task runs. Serialised in kebab-case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Once.
    Once,
    /// Again and again, so long after it was due before; whole milliseconds.
    Every(
        #[serde(with = "crate::text::duration")]
        #[schemars(with = "String")]
        Duration,
    ),
    /// At the times of a calendar.
    Cron {
        /// Minute, hour, day of the month, month, day of the week, e.g. `0 9 * * 1-5`.
        expression: String,
        /// The time zone whose clocks count, e.g. `Europe/Paris`.
        timezone: String,
    },
}

/// Why a schedule cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// The interval is nothing.
    #[error("an interval must be at least a millisecond")]
    Zero,
    /// The expression is none.
    #[error(
        "`{expression}` is no cron expression: {why}; write minute, hour, day, month and weekday, e.g. `0 9 * * 1-5`"
    )]
    Expression {
        /// As it was written.
        expression: String,
        /// What is wrong.
        why: String,
    },
    /// There is no such time zone.
    #[error("there is no time zone `{0}`; write its IANA name, e.g. `Europe/Paris` or `UTC`")]
    Timezone(String),
    /// It never comes.
    #[error("`{0}` never comes within four years")]
    Never(String),
}

impl Schedule {
    /// Finds out whether it can be kept.
    ///
    /// # Errors
    /// [`ScheduleError`]
    pub fn check(&self) -> Result<(), ScheduleError> {
        match self {
            Self::Once => Ok(()),
            Self::Every(interval) if interval.as_millis() == 0 => Err(ScheduleError::Zero),
            Self::Every(_) => Ok(()),
            Self::Cron { expression, timezone } => {
                TimeZone::get(timezone).map_err(|_| ScheduleError::Timezone(timezone.clone()))?;
                let next = crontab(expression, timezone)?.find_next(MakeTimestamp(Timestamp::UNIX_EPOCH));
                next.map(drop).map_err(|_| ScheduleError::Never(expression.clone()))
            }
        }
    }

    /// Whether it runs more than once.
    #[must_use]
    pub const fn recurs(&self) -> bool {
        !matches!(self, Self::Once)
    }

    /// When it is due next, after `now`; `due` is when it was due before. What came in between is left out. `None`: never.
    #[must_use]
    pub fn next(&self, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Once => None,
            Self::Every(interval) => every(*interval, due, now),
            Self::Cron { expression, timezone } => {
                let next = crontab(expression, timezone).ok()?.find_next(MakeTimestamp(now)).ok()?;
                Some(next.timestamp())
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once => f.write_str("once"),
            Self::Every(interval) => write!(f, "every {}", crate::text::duration::format(*interval)),
            Self::Cron { expression, timezone } => write!(f, "{expression} ({timezone})"),
        }
    }
}

/// The first of `due`, `due + interval`, `due + 2 · interval` … that is after `now` and after `due`.
fn every(interval: Duration, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let step = i128::try_from(interval.as_nanos()).ok().filter(|step| *step > 0)?;
    let passed = now.as_nanosecond() - due.as_nanosecond();
    let steps = if passed < 0 { 1 } else { passed / step + 1 };
    let ahead = SignedDuration::from_nanos_i128(step.checked_mul(steps)?);
    due.checked_add(ahead).ok()
}

fn crontab(expression: &str, timezone: &str) -> Result<Crontab, ScheduleError> {
    let wrong = |why: String| ScheduleError::Expression { expression: expression.to_owned(), why };
    if expression.split_whitespace().count() != 5 {
        return Err(wrong("it has not five parts".to_owned()));
    }
    parse_crontab(&format!("{expression} {timezone}"))
        .map_err(|error| wrong(error.to_string().lines().last().unwrap_or_default().trim().to_owned()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    fn cron(expression: &str, timezone: &str) -> Schedule {
        Schedule::Cron { expression: expression.to_owned(), timezone: timezone.to_owned() }
    }

    #[test]
    fn the_next_time_is_after_now_and_in_step() {
        let five = Schedule::Every(Duration::from_secs(300));
        let paris = cron("0 9 * * 1-5", "Europe/Paris");
        let due = "2026-03-02T10:00:00Z";
        for (schedule, now, wanted) in [
            (&Schedule::Once, due, None),
            (&five, due, Some("2026-03-02T10:05:00Z")),
            (&five, "2026-03-02T10:04:59Z", Some("2026-03-02T10:05:00Z")),
            (&five, "2026-03-02T10:05:00Z", Some("2026-03-02T10:10:00Z")),
            (&five, "2026-03-02T11:02:00Z", Some("2026-03-02T11:05:00Z")),
            (&five, "2026-03-02T09:00:00Z", Some("2026-03-02T10:05:00Z")),
            // Friday before and Monday after the clocks go forward: nine o'clock all the same.
            (&paris, "2026-03-27T07:59:59Z", Some("2026-03-27T08:00:00Z")),
            (&paris, "2026-03-27T08:00:00Z", Some("2026-03-30T07:00:00Z")),
            // And back.
            (&paris, "2026-10-23T07:00:00Z", Some("2026-10-26T08:00:00Z")),
            (&cron("30 2 * * *", "UTC"), "2026-03-29T00:00:00Z", Some("2026-03-29T02:30:00Z")),
        ] {
            let next = schedule.next(due.parse().unwrap(), now.parse().unwrap());
            assert_eq!(next, wanted.map(|at: &str| at.parse().unwrap()), "{schedule} at {now}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused() {
        for (schedule, told) in [
            (cron("0 9 * * 1-5", "Europe/Paris"), None),
            (cron("*/15 0 1,15 JAN-JUN MON", "UTC"), None),
            (Schedule::Every(Duration::ZERO), Some("at least a millisecond")),
            (cron("0 9 * *", "UTC"), Some("five parts")),
            (cron("0 25 * * *", "UTC"), Some("no cron expression")),
            (cron("0 9 * * *", "Europe/Pariss"), Some("no time zone `Europe/Pariss`")),
            (cron("0 0 30 2 *", "UTC"), Some("never comes")),
        ] {
            let checked = schedule.check().map_err(|error| error.to_string());
            match told {
                None => assert_eq!(checked, Ok(()), "{schedule}"),
                Some(told) => assert!(checked.as_ref().is_err_and(|why| why.contains(told)), "{checked:?}"),
            }
        }
    }
}
