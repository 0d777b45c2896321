//! The commands of the chat.

use super::{session::Session, why};
use crate::{
    failure::{Failure, nearest},
    output::{self, CODE, DIM, STRONG, styled},
};
use galatea::agent::{LoadReport, Outcome, PluginReport};

const COMMANDS: [(&str, &str); 4] = [
    ("help", "this list"),
    ("why", "how the last reply came about: rule, providers, model calls, actions, times"),
    ("plugins", "what each plugin of this agent gave at the start"),
    ("quit", "end; Ctrl-D does the same"),
];

/// How the chat goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Stay,
    Quit,
}

/// Runs a command, given without its slash.
pub(super) async fn run(session: &Session, command: &str) -> Next {
    match command.trim().to_ascii_lowercase().as_str() {
        "quit" | "exit" | "q" => return Next::Quit,
        "help" | "?" | "" => help(),
        "plugins" => plugins(&session.agent().report()),
        "why" => match session.last_record().await {
            Ok(Some(record)) => why::tell(&record),
            Ok(None) => output::aside("nothing was said yet"),
            Err(error) => output::failure(&Failure::new(format!("the record cannot be read: {error}"))),
        },
        other => unknown(other),
    }
    Next::Stay
}

fn help() {
    for (name, what) in COMMANDS {
        output::notice(&format!("{}  {what}", styled(CODE, &format!("{:9}", format!("/{name}")))));
    }
    output::aside("Everything else is said to the agent. Ctrl-C stops waiting for a reply.");
}

fn unknown(command: &str) {
    let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    let advice = match nearest(command, &names) {
        Some(near) => format!("did you mean `/{near}`?"),
        None => "`/help` lists the commands".to_owned(),
    };
    output::failure(&Failure::new(format!("there is no command `/{command}`")).help(advice));
}

fn plugins(report: &LoadReport) {
    for plugin in &report.plugins {
        output::notice(&format!("{} {}  {}", styled(STRONG, &plugin.plugin), plugin.version, state(plugin)));
        for step in plugin.steps.iter().filter(|step| !step.registered.is_empty()) {
            output::notice(&format!("  {}: {}", step.step, step.registered.join(", ")));
        }
    }
    output::aside(&format!("started in {:.1?}", report.time));
}

fn state(plugin: &PluginReport) -> String {
    let time: std::time::Duration = plugin.steps.iter().map(|step| step.time).sum();
    match &plugin.outcome {
        Outcome::Loaded => styled(DIM, &format!("loaded in {time:.1?}")),
        Outcome::Disabled(why) => format!("off: {why}"),
        Outcome::Refused { step, why, help } => format!("refused at {step}: {why}; {help}"),
        Outcome::RolledBack => "unloaded again".to_owned(),
        Outcome::NotReached => "not reached".to_owned(),
    }
}
