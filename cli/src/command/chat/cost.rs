//! Tells what models used and cost, and how they are.

use super::{session::Session, turn::duration};
use crate::output::{self, BAD, DIM, GOOD, STRONG, styled};
use galatea::{
    agent::Agent,
    budget::{BudgetStatus, Holder, ModelSpent, Money, Period, Unit, spent_by_turns},
    model::{ModelRest, ModelStatus},
    store::StoreError,
};
use jiff::Timestamp;

/// What the models of this chat used and cost, and how the budgets stand.
pub(super) async fn tell(session: &Session) -> Result<(), StoreError> {
    let records = session.records().await?;
    let spent = spent_by_turns(&records);
    if spent.is_empty() {
        output::aside("no model was asked yet");
    }
    for ((provider, model), spent) in &spent {
        output::notice(&spending(provider, model, spent));
    }
    let all: Money = spent.values().map(|spent| spent.cost).sum();
    if spent.len() > 1 {
        output::notice(&format!("{}  {all} in {} turns", styled(STRONG, "together"), records.len()));
    }
    for status in session.agent().budgets(Some(session.place())).await? {
        output::notice(&budget(&status));
    }
    Ok(())
}

fn spending(provider: &str, model: &str, spent: &ModelSpent) -> String {
    let name = if model.is_empty() { provider.to_owned() } else { format!("{provider} ({model})") };
    let ModelSpent { calls, usage, cost, unpriced } = spent;
    let cost = match (*unpriced, *calls) {
        (0, _) => cost.to_string(),
        (unpriced, calls) if unpriced == calls => "its price is not known".to_owned(),
        (unpriced, _) => format!("{cost}, and {unpriced} calls whose price is not known"),
    };
    let known = if usage.cached == 0 { String::new() } else { format!(" ({} known before)", usage.cached) };
    let tokens = format!("{} tokens read{known}, {} written", usage.prompt, usage.completion);
    format!("{}  {calls} calls, {tokens}, {cost}", styled(STRONG, &name))
}

fn budget(status: &BudgetStatus) -> String {
    let of = match status.holder {
        Holder::Agent => "the agent",
        Holder::User => "you",
        Holder::Room => "this room",
    };
    let per = match status.period {
        Period::Turn => "turn",
        Period::Hour => "hour",
        Period::Day => "day",
    };
    let amount = |amount: u64| match status.unit {
        Unit::Tokens => format!("{amount} tokens"),
        Unit::Money => Money::from_nanos(amount).to_string(),
    };
    let renews = status.renews.map(|at| format!("anew from {}", at.strftime("%F %H:%M UTC")));
    format!(
        "{}  {} of {}  {}",
        styled(STRONG, &format!("{of}, this {per}")),
        amount(status.used),
        amount(status.limit),
        styled(DIM, &renews.unwrap_or_default())
    )
}

/// The models of an agent, and which of them are left alone.
pub(super) fn tell_models(agent: &Agent) {
    let (all, now) = (agent.model_status(), agent.clock().now());
    if all.is_empty() {
        output::aside("this agent has no models");
    }
    for status in &all {
        for line in model(status, now) {
            output::notice(&line);
        }
    }
}

fn model(status: &ModelStatus, now: Timestamp) -> Vec<String> {
    let kinds: Vec<&str> = status.kinds.iter().map(|kind| kind.name()).collect();
    let running = if status.running == 0 { String::new() } else { format!(", {} calls run", status.running) };
    let mark = if status.failing.is_empty() { styled(GOOD, "\u{2713}") } else { styled(BAD, "\u{2717}") };
    let mut lines = vec![format!("{mark} {}  {}{running}", styled(STRONG, status.plugin), kinds.join(", "))];
    lines.extend(status.failing.iter().map(|rest| format!("  {}", failing(rest, now))));
    lines
}

fn failing(rest: &ModelRest, now: Timestamp) -> String {
    let what = rest.kind.as_ref().map_or("everything", |kind| kind.name());
    let left = rest.until.and_then(|until| u64::try_from(until.duration_since(now).as_micros()).ok());
    let until = match left.filter(|micros| *micros > 0) {
        Some(micros) => format!("not asked for another {}", duration(micros)),
        None if rest.until.is_some() => "the next call finds out".to_owned(),
        None => "asked still".to_owned(),
    };
    format!("{what}: failed {} times in a row, {until}: {}", rest.failures, rest.why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::model::{ModelKind, Usage};

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn what_was_spent_says_what_is_not_known() {
        let usage = Usage { cached: 40, ..Usage::new(100, 20) };
        let spent = |cost, unpriced| ModelSpent { calls: 2, usage, cost: Money::from_nanos(cost), unpriced };
        let told = "p (m)  2 calls, 100 tokens read (40 known before), 20 written, ";
        for (spent, wanted) in [
            (spent(1_500_000, 0), "$0.0015"),
            (spent(1_500_000, 1), "$0.0015, and 1 calls whose price is not known"),
            (spent(0, 2), "its price is not known"),
        ] {
            assert_eq!(plain(&spending("p", "m", &spent)), format!("{told}{wanted}"));
        }
        let status = BudgetStatus {
            holder: Holder::User,
            period: Period::Hour,
            unit: Unit::Money,
            limit: 500_000_000,
            used: 20_000_000,
            renews: Timestamp::from_second(1_700_002_800).ok(),
        };
        assert_eq!(plain(&budget(&status)), "you, this hour  $0.02 of $0.50  anew from 2023-11-14 23:00 UTC");
    }

    #[test]
    fn who_is_left_alone_says_for_how_long_and_why() {
        let now = Timestamp::UNIX_EPOCH;
        let rest = |until: Option<i64>| ModelRest {
            kind: Some(ModelKind::TextLarge),
            failures: 5,
            until: until.and_then(|seconds| Timestamp::from_second(seconds).ok()),
            probing: false,
            why: "no line".to_owned(),
        };
        for (until, wanted) in [
            (Some(30), "not asked for another 30.0 s"),
            (Some(0), "the next call finds out"),
            (None, "asked still"),
        ] {
            assert_eq!(
                failing(&rest(until), now),
                format!("text-large: failed 5 times in a row, {wanted}: no line")
            );
        }
    }
}
