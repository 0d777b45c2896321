//! When a server that is asked too much wants to be asked again.

use galatea_http::Response;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use serde_json::Value;
use std::time::Duration;

/// Limits with how much is left, and when there is more: servers name several, and only the used up one matters.
const LIMITS: [(&str, &str); 7] = [
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
];

/// How long to wait, by the headers, else by the body; `None` where neither says.
pub(crate) fn wait(response: &Response, body: &Value, now: Timestamp) -> Option<Duration> {
    wait_by(&|name| response.header(name), body, now)
}

/// How long to wait, by an error in the middle of a stream.
pub(crate) fn wait_in_body(body: &Value) -> Option<Duration> {
    // Points of time are by the server's clock, which a stream does not tell; durations need none.
    in_body(body, Timestamp::UNIX_EPOCH).filter(|wait| *wait < Duration::from_secs(86_400))
}

fn wait_by<'h>(header: &dyn Fn(&str) -> Option<&'h str>, body: &Value, now: Timestamp) -> Option<Duration> {
    // The server's own clock, where it tells it: dates are by that.
    let now = header("date").and_then(date).unwrap_or(now);
    let millis =
        header("retry-after-ms").and_then(|text| text.trim().parse().ok()).map(Duration::from_millis);
    let after = || moment(header("retry-after")?, now);
    let reset = || {
        let used_up = LIMITS.iter().filter(|(left, _)| header(left).is_some_and(|left| left.trim() == "0"));
        used_up.filter_map(|(_, reset)| moment(header(reset)?, now)).max()
    };
    millis.or_else(after).or_else(reset).or_else(|| in_body(body, now))
}

/// `30`, `1.5s`, `6m0s`, `20ms`, a date, or the milliseconds of a date.
fn moment(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        // A number this large is a point of time, in seconds or milliseconds.
        let at = match number {
            large if large > 1e11 => Timestamp::from_millisecond(large as i64).ok(),
            large if large > 1e9 => Timestamp::from_second(large as i64).ok(),
            _ => return Duration::try_from_secs_f64(number).ok(),
        };
        return at.map(|at| until(at, now));
    }
    spelt(text).or_else(|| date(text).map(|at| until(at, now)))
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now).max(SignedDuration::ZERO)).unwrap_or_default()
}

fn date(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| rfc2822::parse(text).ok().map(|at| at.timestamp()))
}

/// `6m0s`, `1h2m`, `20ms`, `46.1s`.
fn spelt(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total =
            total.checked_add(Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?)?;
        rest = behind;
    }
    (!text.is_empty()).then_some(total)
}

/// Google's `RetryInfo`, OpenRouter's headers of the server behind it.
fn in_body(body: &Value, now: Timestamp) -> Option<Duration> {
    let error = body.get("error").unwrap_or(body);
    let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let google = details.filter_map(|one| one.get("retryDelay")?.as_str()).find_map(spelt);
    let behind = || {
        let headers = error.pointer("/metadata/headers")?.as_object()?;
        let find = |name: &str| headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        let (_, value) = find("retry-after").or_else(|| find("x-ratelimit-reset"))?;
        moment(&value.as_str().map_or_else(|| value.to_string(), str::to_owned), now)
    };
    google.or_else(behind)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_way_of_saying_when() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let nothing = json!({});
        let google = json!({ "error": { "details": [
            { "@type": "type.googleapis.com/google.rpc.Help" },
            { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "46.5s" }
        ] } });
        let openrouter =
            json!({ "error": { "metadata": { "headers": { "X-RateLimit-Reset": "1795348810000" } } } });
        for (headers, body, wanted) in [
            (vec![("retry-after", "30")], &nothing, Some(30_000)),
            (vec![("retry-after", "Sun, 22 Nov 2026 12:01:00 GMT")], &nothing, Some(60_000)),
            (
                vec![
                    ("retry-after", "Sun, 22 Nov 2026 12:01:00 GMT"),
                    ("date", "Sun, 22 Nov 2026 12:00:50 GMT"),
                ],
                &nothing,
                Some(10_000),
            ),
            (vec![("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT")], &nothing, Some(0)),
            (vec![("retry-after-ms", "1500"), ("retry-after", "2")], &nothing, Some(1_500)),
            (
                vec![
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "6m0s"),
                    ("x-ratelimit-remaining-tokens", "9"),
                    ("x-ratelimit-reset-tokens", "1h"),
                ],
                &nothing,
                Some(360_000),
            ),
            (
                vec![
                    ("anthropic-ratelimit-tokens-remaining", "0"),
                    ("anthropic-ratelimit-tokens-reset", "2026-11-22T12:00:20Z"),
                ],
                &nothing,
                Some(20_000),
            ),
            (vec![], &google, Some(46_500)),
            (vec![], &openrouter, Some(10_000)),
            (vec![("retry-after", "soon")], &nothing, None),
            (vec![("retry-after", "18446744073709550000s18446744073709550000s")], &nothing, None),
        ] {
            let header = |name: &str| headers.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
            let told = wait_by(&header, body, now).map(|wait| wait.as_millis());
            assert_eq!(told, wanted, "{headers:?} {body}");
        }
    }
}
