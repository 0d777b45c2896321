//! Durations as people write them: `250ms`, `90s`, `2m`, `1h`.
//!
//! As a serde module: `#[serde(with = "galatea::text::duration")]` on a [`Duration`].

use serde::{Deserialize, Deserializer, Serializer};
use std::time::Duration;

/// The units, largest first, each with its length in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// It is not a whole number followed by a unit.
    #[error("`{0}` is not a duration; write a whole number and a unit, ms, s, m or h, such as `90s`")]
    Malformed(String),
    /// It is longer than can be counted.
    #[error("the duration `{0}` is too long")]
    TooLong(String),
}

/// Reads a duration.
///
/// # Errors
/// When the text is not a whole number followed by `ms`, `s`, `m` or `h`, or the duration is too long to be counted.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let malformed = || DurationError::Malformed(text.to_owned());
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(malformed)?;
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(malformed());
    }
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(malformed)?;
    let too_long = || DurationError::TooLong(text.to_owned());
    let number: u64 = number.parse().map_err(|_| too_long())?;
    number.checked_mul(*length).map(Duration::from_millis).ok_or_else(too_long)
}

/// Writes a duration in the largest unit that needs no fraction. Less than a millisecond is left out.
#[must_use]
pub fn format(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let fits = |length: u64| milliseconds.is_multiple_of(u128::from(length));
    match UNITS.iter().find(|(_, length)| milliseconds > 0 && fits(*length)) {
        Some((unit, length)) => format!("{}{unit}", milliseconds / u128::from(*length)),
        None => "0s".to_owned(),
    }
}

/// For serde: writes the text.
///
/// # Errors
/// When the serializer fails.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// For serde: reads the text.
///
/// # Errors
/// As [`parse`].
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, milliseconds, written) in [
            ("250ms", 250, "250ms"),
            ("90s", 90_000, "90s"),
            ("120s", 120_000, "2m"),
            ("2m", 120_000, "2m"),
            ("1h", 3_600_000, "1h"),
            (" 0s ", 0, "0s"),
            ("1500ms", 1500, "1500ms"),
        ] {
            let duration = parse(text).unwrap();
            assert_eq!(duration, Duration::from_millis(milliseconds), "{text}");
            assert_eq!(format(duration), written);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "s", "10", "1.5s", "-1s", "1 s", "10d", "1M", "1hs", "٣s"] {
            assert_eq!(parse(text), Err(DurationError::Malformed(text.to_owned())), "{text}");
        }
        for text in ["99999999999999999999h", "18446744073709551615h"] {
            assert_eq!(parse(text), Err(DurationError::TooLong(text.to_owned())), "{text}");
        }
    }
}
