//! The commands of the chat.

use super::{cost, session::Session, turn::in_words, why};
use crate::{
    failure::{Failure, nearest},
    news,
    output::{self, CODE, DIM, STRONG, styled},
};
use galatea::{
    agent::{Agent, LoadReport, Outcome, PluginReport},
    turn::Approval,
};

const COMMANDS: [(&str, &str); 10] = [
    ("help", "this list"),
    ("why", "how the last reply came about: rule, providers, model calls, actions, times"),
    ("cost", "what the models of this chat used and cost, and how the budgets stand"),
    ("models", "the models of this agent, and which of them are left alone because they failed"),
    (
        "approvals",
        "the actions that wait until somebody allows them; yes or no answers the newest of this chat",
    ),
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
        "approvals" => match session.agent().approvals().await {
            Ok(approvals) => tell_approvals(&approvals),
            Err(error) => output::failure(&Failure::new(format!("what waits cannot be read: {error}"))),
        },
        "why" => match session.last_record().await {
            Ok(Some(record)) => why::tell(&record),
            Ok(None) => output::aside("nothing was said yet"),
            Err(error) => output::failure(&Failure::new(format!("the record cannot be read: {error}"))),
        },
        "cost" => match cost::tell(session).await {
            Ok(()) => {}
            Err(error) => output::failure(&Failure::new(format!("what was spent cannot be read: {error}"))),
        },
        "models" => cost::tell_models(agent),
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
        output::notice(&format!("{}  {what}", styled(CODE, &format!("{:10}", format!("/{name}")))));
    }
    output::aside("Everything else is said to the agent. Ctrl-C stops waiting for a reply.");
}

fn tell_approvals(approvals: &[Approval]) {
    if approvals.is_empty() {
        output::aside("nothing waits to be allowed");
    }
    for approval in approvals {
        output::notice(&format!("{}  {}", styled(CODE, &approval.action), waits(approval)));
    }
}

/// What waits, for whom, until when.
pub(super) fn waits(approval: &Approval) -> String {
    let who = match approval.who().to_lowercase() {
        who if who.is_empty() => "somebody".to_owned(),
        who => who,
    };
    let (words, until) = (in_words(&approval.arguments), approval.expires_at.strftime("%F %T UTC"));
    let words = if words.is_empty() { words } else { format!("{words}  ") };
    format!("{words}{}", styled(DIM, &format!("waits for {who} until {until}, {}", approval.id)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::memory::Role;
    use serde_json::json;

    #[test]
    fn what_waits_says_for_whom_and_until_when() {
        let approval = json!({
            "id": "00000000-0000-0000-0000-000000000001", "run": uuid::Uuid::nil(), "room": uuid::Uuid::nil(),
            "message": uuid::Uuid::nil(), "action": "PAY", "arguments": { "to": "Bob" }, "step": 1,
            "asked-at": "2026-01-01T00:00:00Z", "expires-at": "2026-01-01T01:00:00Z",
        });
        let Ok(mut approval) = serde_json::from_value::<Approval>(approval) else { panic!("an approval") };
        for (by, who) in [(vec![], "somebody"), (vec![Role::Admin], "an admin")] {
            approval.by = by;
            let told = anstream::adapter::strip_str(&waits(&approval)).to_string();
            let id = "00000000-0000-0000-0000-000000000001";
            assert_eq!(told, format!("to=\"Bob\"  waits for {who} until 2026-01-01 01:00:00 UTC, {id}"));
        }
    }
}
