//! `galatea scores`

use crate::{
    cli::Scores,
    failure::Failure,
    output::{self, DIM, STRONG, styled},
    start,
};
use galatea::{
    agent::Agent,
    store::{Score, ScoreQuery, ScoreSummary, summarize, summarize_all},
    text::duration,
};
use serde_json::{Value, json};
use std::{process::ExitCode, time::Duration};

/// How many bars stand on a line, if nothing else was asked for.
const BARS: u32 = 56;

/// More bars than this nobody reads.
const MOST_BARS: u128 = 1000;

/// Bars from 0 to 1.
const BAR: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A time without scores.
const NO_BAR: char = '·';

const DAY: Duration = Duration::from_secs(86_400);

/// The time that was asked for.
#[derive(Clone, Copy)]
struct Span {
    from: jiff::Timestamp,
    length: Duration,
    bucket: Duration,
}

/// Reads a duration, in days and weeks too.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let longer = [("d", DAY), ("w", DAY * 7)].into_iter().find_map(|(unit, length)| {
        let number: u32 = text.trim().strip_suffix(unit)?.parse().ok()?;
        length.checked_mul(number)
    });
    let read = match longer {
        Some(read) => read,
        None => duration::parse(text).map_err(|_| {
            format!("`{text}` is not a time; write a whole number and s, m, h, d or w, such as `24h`")
        })?,
    };
    if read < Duration::from_secs(1) { Err("a second is the least".to_owned()) } else { Ok(read) }
}

pub(super) fn run(args: &Scores) -> Result<ExitCode, Failure> {
    let bucket = args.bucket.unwrap_or_else(|| (args.since / BARS).max(Duration::from_secs(1)));
    if args.since.as_nanos() / bucket.as_nanos() >= MOST_BARS {
        let what = format!("{} in steps of {} are too many bars", told(args.since), told(bucket));
        return Err(Failure::new(what).help("make `--since` shorter or `--bucket` longer"));
    }
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    let name = plan.character.name.clone();
    if plan.plugins.iter().all(|plugin| plugin.components.storage.is_none()) {
        return Err(Failure::new(format!("{name} has no storage, so its scores end with it"))
            .help("add one to the character: `[plugins.sql]`"));
    }
    start::runtime()?.block_on(async {
        let agent = start::storage(plan, &registry, base).await?;
        let shown = show(&agent, args, bucket).await;
        agent.stop().await;
        shown
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn show(agent: &Agent, args: &Scores, bucket: Duration) -> Result<(), Failure> {
    let now = agent.clock().now();
    let from = now.checked_sub(args.since).unwrap_or(jiff::Timestamp::MIN);
    let query = ScoreQuery { since: Some(from), limit: usize::MAX, ..ScoreQuery::default() };
    let scores = agent.store().scores(&query).await;
    let mut scores = scores.map_err(|error| Failure::new(format!("the scores cannot be read: {error}")))?;
    if let Some(wanted) = &args.evaluator {
        let name = known(&scores, wanted)?;
        scores.retain(|score| score.evaluator == name);
    }
    let span = Span { from, length: args.since, bucket };
    if args.json {
        output::json(&as_json(&scores, span));
    } else if scores.is_empty() {
        output::aside(&format!("no scores in the last {}", told(args.since)));
    } else {
        table(&scores, span);
    }
    Ok(())
}

/// The evaluator that is meant, in any case.
fn known(scores: &[Score], wanted: &str) -> Result<String, Failure> {
    let names: Vec<String> = summarize_all(scores).into_iter().map(|all| all.evaluator).collect();
    if names.is_empty() {
        return Ok(wanted.to_owned());
    }
    let found = names.iter().find(|name| name.eq_ignore_ascii_case(wanted)).cloned();
    found.ok_or_else(|| Failure::unknown("evaluator with scores", wanted, names.iter().map(String::as_str)))
}

fn as_json(scores: &[Score], span: Span) -> Value {
    let spans = summarize(scores, span.from, span.bucket);
    let evaluators = summarize_all(scores).into_iter().map(|all| {
        let buckets: Vec<Value> = of(&spans, &all).map(|one| json!(one)).collect();
        let mut told = json!(all);
        if let Some(told) = told.as_object_mut() {
            told.insert("bucket-seconds".to_owned(), json!(span.bucket.as_secs_f64()));
            told.insert("buckets".to_owned(), Value::Array(buckets));
        }
        told
    });
    Value::Array(evaluators.collect())
}

fn of<'a>(spans: &'a [ScoreSummary], all: &'a ScoreSummary) -> impl Iterator<Item = &'a ScoreSummary> {
    spans.iter().filter(|one| one.evaluator == all.evaluator)
}

fn table(scores: &[Score], span: Span) {
    let spans = summarize(scores, span.from, span.bucket);
    let all = summarize_all(scores);
    let width = all.iter().map(|one| one.evaluator.chars().count()).max().unwrap_or(0).max(9);
    let head = format!(
        "{:width$}  {:>6}  {:>5}  {:>5}  {:>5}  {:>6}",
        "EVALUATOR", "SCORES", "MEAN", "MIN", "MAX", "PASSED"
    );
    output::line(&styled(DIM, &head));
    for one in &all {
        let name = styled(STRONG, &format!("{:width$}", one.evaluator));
        let passed = format!("{:.0} %", one.pass_rate * 100.0);
        let ScoreSummary { count, mean, min, max, .. } = one;
        output::line(&format!("{name}  {count:>6}  {mean:>5.2}  {min:>5.2}  {max:>5.2}  {passed:>6}"));
        output::line(&format!("  {}", plot(of(&spans, one), span)));
    }
    let (length, bucket) = (told(span.length), told(span.bucket));
    output::line(&styled(
        DIM,
        &format!(
            "the last {length}, {bucket} a bar, newest right; the mean from 0 {} to 1 {}",
            BAR[0], BAR[7]
        ),
    ));
}

/// The means as bars.
fn plot<'a>(spans: impl Iterator<Item = &'a ScoreSummary>, span: Span) -> String {
    let place = |at: jiff::Timestamp| {
        let since = Duration::try_from(at.duration_since(span.from)).unwrap_or_default();
        usize::try_from(since.as_nanos() / span.bucket.as_nanos()).unwrap_or(usize::MAX)
    };
    let bars = span.length.as_nanos().div_ceil(span.bucket.as_nanos());
    let mut line = vec![NO_BAR; usize::try_from(bars).unwrap_or(0)];
    for one in spans {
        // A score of this very moment is the newest.
        let place = place(one.at).min(line.len().saturating_sub(1));
        if let Some(spot) = line.get_mut(place) {
            *spot = bar(one.mean);
        }
    }
    line.into_iter().collect()
}

fn bar(mean: f64) -> char {
    let step = BAR.iter().zip(1_u8..).find(|(_, step)| mean * 8.0 <= f64::from(*step));
    step.map_or(BAR[7], |(bar, _)| *bar)
}

/// A duration in words, with days.
fn told(time: Duration) -> String {
    let days = time.as_secs() / DAY.as_secs();
    if time == DAY * u32::try_from(days).unwrap_or(u32::MAX) && days > 0 {
        format!("{days}d")
    } else {
        duration::format(Duration::from_secs(time.as_secs()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_told() {
        for (text, seconds, written) in [
            ("7d", 604_800, "7d"),
            ("2w", 1_209_600, "14d"),
            ("24h", 86_400, "1d"),
            ("90m", 5_400, "90m"),
            ("1s", 1, "1s"),
        ] {
            let read = time(text).unwrap();
            assert_eq!((read.as_secs(), told(read).as_str()), (seconds, written), "{text}");
        }
        for text in ["", "7", "d", "-1d", "0d", "1.5h", "7 days", "5ms", "99999999999d", "week"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bars_rise_with_the_mean() {
        let means = [0.0, 0.125, 0.126, 0.5, 0.51, 0.99, 1.0];
        assert_eq!(means.map(bar).into_iter().collect::<String>(), "▁▁▂▄▅██");
    }

    #[test]
    fn a_plot_has_a_place_for_every_time() {
        let from = jiff::Timestamp::from_second(1_000).unwrap();
        let span = Span { from, length: Duration::from_secs(100), bucket: Duration::from_secs(30) };
        let at = |second: i64, mean: f64| ScoreSummary {
            evaluator: "E".to_owned(),
            at: jiff::Timestamp::from_second(second).unwrap(),
            count: 1,
            mean,
            min: mean,
            max: mean,
            pass_rate: 1.0,
        };
        assert_eq!(plot([at(1_000, 0.0), at(1_090, 1.0)].iter(), span), "▁··█");
        assert_eq!(plot([].iter(), span), "····");
    }
}
