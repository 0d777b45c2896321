//! From a character to a running agent.

use crate::{
    failure::Failure,
    locate::{self, Found},
    output, prices,
    program::program,
    reach::Reach,
};
use galatea::{
    agent::{Agent, Outcome, StartOptions},
    diagnostic::{Diagnostic, Report, Severity},
    model::{ModelKind, candidates},
    plan::{Options, Plan},
    registry::Registry,
};
use std::path::PathBuf;

/// The plugins of this program, if they are those that the build checked.
pub(crate) fn registry() -> Result<Registry, Failure> {
    let registry = Registry::linked().map_err(|errors| Failure::registry(&errors))?;
    galatea::build::check_linked(program().linked, &registry)
        .map_err(|diagnostic| Failure::diagnostic("src/linked.rs", diagnostic))?;
    Ok(registry)
}

/// The plan of a character and the warnings about it; else everything that is wrong with it.
pub(crate) fn examine(registry: &Registry, found: Found) -> Result<(Plan, Report), Report> {
    let fault = prices::fault(&found.document, &found.base);
    let examined = Plan::examine(registry, &found.document, &Options::default(), found.syntax);
    let Some(fault) = fault else { return examined };
    let is_error = fault.severity == Severity::Error;
    match examined {
        Ok((plan, report)) if !is_error => Ok((plan, with(report, fault))),
        Ok((_, report)) | Err(report) => Err(with(report, fault)),
    }
}

/// A report with one thing more, in the order of the file.
fn with(mut report: Report, mut diagnostic: Diagnostic) -> Report {
    diagnostic.hidden = report.diagnostics.first().map(|first| first.hidden.clone()).unwrap_or_default();
    report.diagnostics.push(diagnostic);
    report.diagnostics.sort_by_key(|one| one.span.as_ref().map_or(usize::MAX, |span| span.start));
    report
}

/// The plan of the character that is meant, and the folder to which its paths are relative. Warnings are shown.
pub(crate) fn plan(registry: &Registry, argument: Option<&str>) -> Result<(Plan, PathBuf), Failure> {
    let found = locate::character(argument)?;
    let base = found.base.clone();
    let (plan, warnings) = examine(registry, found).map_err(|report| Failure::Reports(vec![report]))?;
    output::reports(&[warnings]);
    Ok((plan, base))
}

/// Starts the agent of a plan.
pub(crate) async fn agent(
    plan: Plan,
    registry: &Registry,
    base: PathBuf,
    reach: &Reach,
) -> Result<Agent, Failure> {
    let name = plan.character.name.clone();
    let Reach { listens, address } = reach.clone();
    Agent::start(plan, registry, StartOptions { base, listens, address, ..StartOptions::default() })
        .await
        .map_err(|error| Failure::start(&name, &error))
}

/// Opens the storage of a plan's agent, and nothing else of it.
pub(crate) async fn storage(plan: Plan, registry: &Registry, base: PathBuf) -> Result<Agent, Failure> {
    let name = plan.character.name.clone();
    Agent::open_storage(plan, registry, StartOptions { base, ..StartOptions::default() })
        .await
        .map_err(|error| Failure::start(&name, &error))
}

/// Opens the storage of a plan's agent and what makes vectors, and nothing else of it.
pub(crate) async fn search(plan: Plan, registry: &Registry, base: PathBuf) -> Result<Agent, Failure> {
    let name = plan.character.name.clone();
    Agent::open_search(plan, registry, StartOptions { base, ..StartOptions::default() })
        .await
        .map_err(|error| Failure::start(&name, &error))
}

/// The runtime on which agents live.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Failure::new(format!("the runtime cannot be started: {error}")))
}

/// Says how many messages of an earlier process are being answered, if any.
pub(crate) fn tell_left_over(messages: usize) {
    match messages {
        0 => {}
        1 => output::aside("answering one message that an earlier process left"),
        more => output::aside(&format!("answering {more} messages that an earlier process left")),
    }
}

/// Which plugin answers, and why that one, in one line.
pub(crate) fn who_answers(agent: &Agent) -> String {
    let kind = ModelKind::TextLarge;
    let parts = agent.parts();
    let character = agent.character();
    let picked = character.models.provider_of(&kind);
    let Ok(serving) = candidates(&parts.models, &kind, picked) else {
        return format!("nothing answers: no plugin of this character serves {kind}");
    };
    let Some((first, rank)) = serving.first().map(|model| (model.plugin.name, model.priority)) else {
        return String::new();
    };
    let mut others: Vec<&str> =
        serving.iter().map(|model| model.plugin.name).filter(|name| *name != first).collect();
    others.dedup();
    let off = switched_off(agent, &kind);
    // Those that would have answered instead, where there are others left; else all: they are why nothing else does.
    let counts = |priority: i32| others.is_empty() || priority > rank;
    let mut why: Vec<String> =
        off.into_iter().filter(|(priority, _)| counts(*priority)).map(|(_, told)| told).collect();
    if !others.is_empty() {
        why.push(format!("it goes before {}", others.join(", ")));
    } else if why.is_empty() {
        why.push(format!("nothing else serves {kind}"));
    }
    if picked == Some(first) {
        why = vec!["the character picks it".to_owned()];
    }
    format!("answers come from `{first}`: {}", why.join("; "))
}

/// The plugins that would serve a kind and do not run, each with its rank and the reason; the highest rank first.
fn switched_off(agent: &Agent, kind: &ModelKind) -> Vec<(i32, String)> {
    let plan = agent.plan();
    let rank = |name: &str| {
        let plugin = plan.plugin(name)?;
        plugin.components.models.iter().any(|served| served == kind.name()).then_some(plugin.priority)
    };
    let report = agent.report();
    let off = report.plugins.iter().filter_map(|plugin| match &plugin.outcome {
        Outcome::Disabled(why) => Some((rank(&plugin.plugin)?, format!("`{}` is off: {why}", plugin.plugin))),
        _ => None,
    });
    let mut off: Vec<(i32, String)> = off.collect();
    off.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    off
}
