//! `galatea tasks`

use crate::{
    cli::Tasks,
    failure::Failure,
    output::{self, BAD, CODE, DIM, GOOD, styled},
    start,
};
use galatea::{
    agent::{Agent, StartOptions},
    definition::TaskDef,
    plan::Plan,
    registry::Registry,
    store::{StoredTask, TaskState},
};
use serde_json::{Value, json};
use std::{path::PathBuf, process::ExitCode};

/// A task of the plan that is not in the storage: it runs when asked for, or the agent has not been started with it.
struct Unwritten {
    plugin: &'static str,
    def: &'static TaskDef,
}

pub(super) fn run(args: &Tasks) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    let all = declared(&registry, &plan);
    let stored = start::runtime()?.block_on(stored(&registry, plan, base))?;
    let new: Vec<Unwritten> = all
        .into_iter()
        .filter(|task| !stored.iter().any(|known| known.declared && known.name == task.def.name))
        .collect();
    if args.json {
        let all = stored.iter().map(as_json).chain(new.iter().map(new_as_json));
        output::json(&Value::Array(all.collect()));
        return Ok(ExitCode::SUCCESS);
    }
    stored.iter().for_each(tell);
    new.iter().for_each(tell_new);
    if stored.is_empty() && new.is_empty() {
        output::aside("this agent does nothing by itself: none of its plugins has a task");
    }
    Ok(ExitCode::SUCCESS)
}

fn declared(registry: &Registry, plan: &Plan) -> Vec<Unwritten> {
    let plugins = plan.plugins.iter().filter_map(|planned| registry.get(planned.name));
    let all =
        plugins.flat_map(|plugin| plugin.tasks.iter().map(|&def| Unwritten { plugin: plugin.def.name, def }));
    all.collect()
}

/// What the storage knows, without starting the agent.
async fn stored(registry: &Registry, plan: Plan, base: PathBuf) -> Result<Vec<StoredTask>, Failure> {
    let name = plan.character.name.clone();
    let options = StartOptions { base, ..StartOptions::default() };
    let agent =
        Agent::open_storage(plan, registry, options).await.map_err(|error| Failure::start(&name, &error))?;
    let tasks = agent.tasks().list().await;
    agent.stop().await;
    tasks.map_err(|error| Failure::new(format!("the tasks of {name} cannot be read: {error}")))
}

fn as_json(task: &StoredTask) -> Value {
    let mut json = serde_json::to_value(task).unwrap_or_default();
    json["next"] = json!(task.next());
    json
}

fn new_as_json(task: &Unwritten) -> Value {
    json!({
        "plugin": task.plugin,
        "name": task.def.name,
        "schedule": task.def.when.schedule(),
        "declared": true,
        "state": if task.def.when.schedule().is_some() { "new" } else { "on-demand" },
    })
}

fn tell(task: &StoredTask) {
    let state = match task.state {
        TaskState::Waiting | TaskState::Running => task.state.name().to_owned(),
        TaskState::Done => styled(GOOD, task.state.name()),
        TaskState::Failed | TaskState::Unknown | TaskState::Suspended => styled(BAD, task.state.name()),
    };
    let next = match (task.state, task.next()) {
        (TaskState::Waiting, Some(next)) => format!(", due {next:.0}"),
        _ => String::new(),
    };
    let (name, plugin) = (styled(CODE, &task.name), &task.plugin);
    output::line(&format!("{name}  {}  {state}{next}  {}", task.schedule, styled(DIM, plugin)));
    if !task.declared {
        output::line(&format!("    {} {}", task.id, task.arguments));
    }
    match (task.last_run, &task.last_error) {
        (Some(at), Some(error)) => output::line(&format!("    last run {at:.0}: {}", styled(BAD, error))),
        (Some(at), None) => output::line(&format!("    last run {at:.0}")),
        (None, _) => {}
    }
}

fn tell_new(task: &Unwritten) {
    let name = styled(CODE, task.def.name);
    let when = match task.def.when.schedule() {
        Some(schedule) => format!("{schedule}  new: it is scheduled when the agent starts"),
        None => "when asked for".to_owned(),
    };
    output::line(&format!("{name}  {when}  {}", styled(DIM, task.plugin)));
}
