//! Tells how a reply came about.

use super::{
    slash::waits,
    turn::{duration, in_words},
};
use crate::output::{self, BAD, DIM, GOOD, STRONG, styled};
use galatea::budget::Money;
use galatea::turn::{
    Approval, EvaluationRecord, ModelCall, ProviderRecord, Ruling, RunRecord, StepRecord, StepStatus, Trimmed,
};
use std::collections::BTreeSet;

/// Shows the record of a turn.
pub(super) fn tell(record: &RunRecord) {
    let verdict = if record.responded { "responded" } else { "stayed silent" };
    row("Why", vec![format!("{verdict}: {}", record.reason)]);
    let stages = record.stages.iter().map(|stage| format!("{} {}", stage.stage, duration(stage.micros)));
    let stages = stages.collect::<Vec<_>>().join(", ");
    let error = record.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
    row(
        "Ended",
        vec![format!("{}{error} in {}", record.status.name(), duration(record.micros)), styled(DIM, &stages)],
    );
    row("Providers", providers(&record.providers));
    row("Models", record.model_calls.iter().flat_map(model_call).collect());
    row("Left out", record.trimmed.iter().map(trimmed).collect());
    row("Actions", record.steps.iter().flat_map(step).collect());
    row("Approvals", record.approvals.iter().map(approval).collect());
    row("Evaluators", record.evaluations.iter().map(evaluation).collect());
}

/// A title and its lines; nothing where there is none.
fn row(title: &str, lines: Vec<String>) {
    for (number, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
        let title = if number == 0 { title } else { "" };
        output::notice(&format!("{}  {line}", styled(STRONG, &format!("{title:10}"))));
    }
}

/// A line for each provider that had something to say or failed, and one for all that had nothing.
fn providers(records: &[ProviderRecord]) -> Vec<String> {
    let silent = |record: &&ProviderRecord| record.characters == 0 && record.error.is_none();
    let mut lines: Vec<String> = records.iter().filter(|record| !silent(record)).map(provider).collect();
    // A provider that ran again after an action stands there once.
    let told: BTreeSet<&str> = records.iter().filter(|r| !silent(r)).map(|r| r.name.as_str()).collect();
    let names: BTreeSet<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let names: Vec<&str> = names.difference(&told).copied().collect();
    if !names.is_empty() {
        lines.push(styled(DIM, &format!("no text from {}", names.join(", "))));
    }
    lines
}

fn provider(provider: &ProviderRecord) -> String {
    let said = match &provider.error {
        Some(error) => format!("{} {error}", styled(BAD, "✗")),
        None => format!("{} characters", provider.characters),
    };
    format!("{}  {said}  {}", provider.name, styled(DIM, &duration(provider.micros)))
}

fn model_call(call: &ModelCall) -> Vec<String> {
    let mut lines: Vec<String> =
        call.failed.iter().map(|(provider, why)| format!("{} {provider}: {why}", styled(BAD, "✗"))).collect();
    let purpose = match serde_json::to_value(&call.purpose) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    };
    let model = if call.model.is_empty() {
        call.provider.clone()
    } else {
        format!("{} ({})", call.provider, call.model)
    };
    if call.provider != NOBODY {
        let times = match call.first_micros {
            Some(first) => format!("{}, first piece after {}", duration(call.micros), duration(first)),
            None => duration(call.micros),
        };
        lines.push(format!("{model} as {} to {purpose}{}  {}", call.kind, used(call), styled(DIM, &times)));
    }
    lines.extend(call.problem.as_ref().map(|problem| format!("  {} its answer {problem}", styled(BAD, "✗"))));
    lines
}

/// In the place of a provider where none answered.
const NOBODY: &str = "none";

/// What a call used and cost, as far as that is known.
fn used(call: &ModelCall) -> String {
    let usage = &call.usage;
    if usage.tokens() == 0 {
        return String::new();
    }
    let part =
        |what: &str, tokens: u64| if tokens == 0 { String::new() } else { format!(" ({tokens} {what})") };
    let cost = match call.cost {
        Some(cost) if cost == Money::ZERO => String::new(),
        Some(cost) => format!(", {cost}"),
        None => ", price unknown".to_owned(),
    };
    format!(
        ", {} tokens read{}, {} written{}{cost}",
        usage.prompt,
        part("known before", usage.cached),
        usage.completion,
        part("of them thoughts", usage.reasoning)
    )
}

/// What a question had too much.
fn trimmed(trimmed: &Trimmed) -> String {
    let parts = [
        (trimmed.messages, "messages of the conversation"),
        (trimmed.steps, "lines of earlier actions"),
        (trimmed.context, "characters from providers"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let parts = if parts.is_empty() { "nothing more can be left out" } else { parts.as_str() };
    let Trimmed { wanted, before, after, .. } = trimmed;
    format!("{parts}  {}", styled(DIM, &format!("about {before} tokens became {after}; at most {wanted}")))
}

fn step(step: &StepRecord) -> Vec<String> {
    let mark = match step.status {
        StepStatus::Completed => styled(GOOD, "✓"),
        StepStatus::Failed => styled(BAD, "✗"),
        StepStatus::Pending | StepStatus::Running | StepStatus::Skipped => styled(DIM, "·"),
    };
    let words = in_words(&step.arguments);
    let mut lines = vec![format!("{mark} {} {words}  {}", step.action, styled(DIM, &duration(step.micros)))];
    lines.extend(step.allowed_by.as_ref().map(|by| format!("  allowed by {}", by.name)));
    lines.extend(step.result.as_ref().map(|result| format!("  {}", result.summary())));
    lines
}

fn approval(approval: &Approval) -> String {
    let Some(answered) = &approval.answered else {
        return format!("{} {}  {}", styled(DIM, "·"), approval.action, waits(approval));
    };
    let mark = if answered.ruling == Ruling::Granted { styled(GOOD, "✓") } else { styled(BAD, "✗") };
    let by = if answered.name.is_empty() { String::new() } else { format!(" by {}", answered.name) };
    format!("{mark} {} {}{by}", approval.action, answered.ruling.name())
}

fn evaluation(record: &EvaluationRecord) -> String {
    let thought = match (&record.evaluation, &record.error) {
        (_, Some(error)) => format!("{} {error}", styled(BAD, "✗")),
        (Some(evaluation), None) => {
            let verdict = if evaluation.passed { "passed" } else { "did not pass" };
            format!("{verdict}, score {:.2}", evaluation.score)
        }
        (None, None) => "nothing to say".to_owned(),
    };
    format!("{}  {thought}  {}", record.evaluator, styled(DIM, &duration(record.micros)))
}
