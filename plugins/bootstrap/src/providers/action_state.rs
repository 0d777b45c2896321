//! ACTION_STATE.

use super::{list, section};
use galatea::{
    prelude::*,
    turn::{PlannedStep, StepStatus, WorkingMemoryEntry},
};

/// How many results of the working memory are told.
const TOLD: usize = 5;

/// How the plan of this turn stands, and what actions have given lately.
#[provider(position = 150)]
async fn action_state(steps: Steps, state: State) -> Context {
    let plan = list(steps.iter().map(|step| format!("{}: {}", step.action, status(step.status))));
    let newest = state.working_memory.iter().rev().take(TOLD);
    let mut results: Vec<String> = newest.map(result).collect();
    results.reverse();
    let results = list(results);
    let mut text = section("The plan of this turn", &plan);
    text.push_str(&section("What actions gave lately, oldest first", &results));
    let told = if results.is_empty() { "No previous action results available.".to_owned() } else { results };
    let begun = steps.iter().filter(|step| step.status != StepStatus::Pending).count();
    Context::text(text)
        .with_value("hasActionResults", !state.working_memory.is_empty())
        .with_value("hasActionPlan", !steps.is_empty())
        .with_value("currentActionStep", begun)
        .with_value("totalActionSteps", steps.len())
        .with_value("actionResults", told)
        .with_value("completedActions", with_status(&steps, StepStatus::Completed))
        .with_value("failedActions", with_status(&steps, StepStatus::Failed))
}

fn with_status(steps: &[PlannedStep], status: StepStatus) -> usize {
    steps.iter().filter(|step| step.status == status).count()
}

const fn status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "pending",
        StepStatus::Running => "running",
        StepStatus::Completed => "done",
        StepStatus::Failed => "failed",
        StepStatus::Skipped => "skipped",
    }
}

fn result(entry: &WorkingMemoryEntry) -> String {
    let failed = if entry.result.success { "" } else { " failed" };
    format!("{}{failed}: {}", entry.action, entry.result.summary())
}
