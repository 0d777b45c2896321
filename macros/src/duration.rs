//! Durations and rates as texts: `"10s"`, `"10/min"`.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use std::time::Duration;
use syn::LitStr;

const UNITS: [(&str, u64); 12] = [
    ("ms", 1),
    ("s", 1_000),
    ("sec", 1_000),
    ("second", 1_000),
    ("m", 60_000),
    ("min", 60_000),
    ("minute", 60_000),
    ("h", 3_600_000),
    ("hour", 3_600_000),
    ("d", 86_400_000),
    ("day", 86_400_000),
    ("week", 604_800_000),
];

/// Reads `500ms`, `10s`, `2m`, `1h`, `1d`; zero is refused.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let millis = unit_millis(unit)?.checked_mul(number)?;
    (millis > 0).then(|| Duration::from_millis(millis))
}

/// Reads `10/min`, `3/s`, `100/2h`.
fn rate(text: &str) -> Option<(u32, Duration)> {
    let (calls, per) = text.split_once('/')?;
    let calls: u32 = calls.trim().parse().ok()?;
    let per = per.trim();
    let per = duration(per).or_else(|| unit_millis(per).map(Duration::from_millis))?;
    (calls > 0).then_some((calls, per))
}

fn unit_millis(unit: &str) -> Option<u64> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, millis)| *millis)
}

/// The value of a key that is a duration.
pub(crate) fn read_duration(text: &LitStr, errors: &mut Errors) -> Option<Duration> {
    let read = duration(&text.value());
    if read.is_none() {
        let message = format!(
            "`{}` is not a duration; write a whole number above 0 and `ms`, `s`, `m`, `h` or `d`, e.g. `\"10s\"`",
            text.value()
        );
        errors.at(text.span(), message);
    }
    read
}

/// The value of a key that is a rate.
pub(crate) fn read_rate(text: &LitStr, errors: &mut Errors) -> Option<(u32, Duration)> {
    let read = rate(&text.value());
    if read.is_none() {
        let message = format!(
            "`{}` is not a rate; write how many calls in how much time, e.g. `\"10/min\"`, `\"1/s\"` or `\"100/2h\"`",
            text.value()
        );
        errors.at(text.span(), message);
    }
    read
}

/// The duration as a constant.
pub(crate) fn tokens(duration: Duration) -> TokenStream {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    quote!(::core::time::Duration::from_millis(#millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("1d", Some(86_400_000)),
            ("0s", None),
            ("10", None),
            ("10 s", None),
            ("s", None),
            ("-1s", None),
            ("99999999999999999999s", None),
            ("", None),
        ] {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn rates_are_read() {
        for (text, expected) in [
            ("10/min", Some((10, 60))),
            ("1/s", Some((1, 1))),
            ("100/2h", Some((100, 7200))),
            ("5 / day", Some((5, 86_400))),
            ("0/min", None),
            ("10", None),
            ("ten/min", None),
            ("10/fortnight", None),
        ] {
            assert_eq!(
                rate(text),
                expected.map(|(calls, secs)| (calls, Duration::from_secs(secs))),
                "{text}"
            );
        }
    }
}
