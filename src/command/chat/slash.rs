//! The commands of the chat.

use super::{session::Session, why};
use crate::{
    failure::{Failure, nearest},
    news,
    output::{self, CODE, DIM, STRONG, styled},
};
use galatea::agent::{Agent, LoadReport, Outcome, PluginReport};

const COMMANDS: [(&str, &str); 7] = [
    ("help", "this list"),
    ("why", "how the last reply came about: rule, providers, model calls, actions, times"),
    ("plugins", "what each plugin of this agent gave when it was loaded, or why it is off"),
    ("enable", "let a plugin run: `/enable weather`"),
    ("disable", "switch a plugin off, until the character's file is changed"),
    ("reload", "read the character's file again; with a name, load that plugin anew"),
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
    let command = command.trim().to_ascii_lowercase();
    let (command, name) = command.split_once(char::is_whitespace).unwrap_or((&command, ""));
    let (agent, name) = (session.agent(), name.trim());
    match command {
        "quit" | "exit" | "q" => return Next::Quit,
        "help" | "?" | "" => help(),
        "plugins" => plugins(&session.agent().report()),
        "why" => match session.last_record().await {
            Ok(Some(record)) => why::tell(&record),
            Ok(None) => output::aside("nothing was said yet"),
            Err(error) => output::failure(&Failure::new(format!("the record cannot be read: {error}"))),
        },
        "enable" | "disable" if name.is_empty() => {
            let failure = Failure::new(format!("`/{command}` takes the name of a plugin"));
            output::failure(&failure.help("`/plugins` lists them"));
        }
        "enable" => news::tell(agent, &agent.plugins().enable(name).await),
        "disable" => news::tell(agent, &agent.plugins().disable(name).await),
        "reload" => reload(agent, name).await,
        other => unknown(other),
    }
    Next::Stay
}

/// Loads a plugin anew; without a name, reads the file again.
async fn reload(agent: &Agent, name: &str) {
    let outcome = match (name, news::file(agent)) {
        ("", Some(file)) => agent.reread(file).await,
        ("", None) => {
            let failure = Failure::new("this character is part of the program, it has no file");
            return output::failure(&failure.help("`/reload weather` loads a plugin anew"));
        }
        (name, _) => agent.plugins().reload(name).await,
    };
    news::tell(agent, &outcome);
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
