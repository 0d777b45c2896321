//! `galatea run`

use super::chat;
use crate::{
    cli::{Chat, Run},
    failure::Failure,
    news::News,
    output,
    reach::{self, Reach},
    signal::Signals,
    start,
};
use galatea::{agent::Agent, plan::Plan, registry::Registry};
use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

pub(super) fn run(args: &Run) -> Result<ExitCode, Failure> {
    if args.characters.len() <= 1 && !args.no_chat && output::is_interactive() {
        return chat::run(Chat {
            character: args.characters.first().cloned(),
            serve: true,
            address: args.address.clone(),
            no_watch: args.no_watch,
            ..Chat::default()
        });
    }
    let registry = start::registry()?;
    let named: Vec<Option<&str>> = args.characters.iter().map(|name| Some(name.as_str())).collect();
    let characters = if named.is_empty() { vec![None] } else { named };
    start::runtime()?.block_on(keep(
        &registry,
        &characters,
        &Reach::listening(args.address.as_deref()),
        !args.no_watch,
    ))
}

async fn keep(
    registry: &Registry,
    characters: &[Option<&str>],
    reach: &Reach,
    watches: bool,
) -> Result<ExitCode, Failure> {
    let mut signals =
        Signals::new().map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))?;
    let mut agents = Vec::new();
    // A wrong file is found before anything runs.
    let plans: Vec<_> =
        characters.iter().map(|name| start::plan(registry, *name)).collect::<Result<_, _>>()?;
    if let Some(name) = same_agent(&plans) {
        return Err(Failure::new(format!("two of these characters are the same agent, `{name}`"))
            .help("an agent is known by its `id`, else by its name: give one of them an `id = \"…\"` (a UUID) of its own"));
    }
    for (plan, base) in plans {
        match start::agent(plan, registry, base, reach).await {
            Ok(agent) => agents.push(agent),
            Err(failure) => {
                stop(&agents).await;
                return Err(failure);
            }
        }
    }
    for agent in &agents {
        output::line(&running(agent).await);
        start::tell_left_over(agent.left_over());
        let mut news = News::of(agent, watches);
        tokio::spawn(async move {
            loop {
                news.next().await.tell();
            }
        });
    }
    reach::tell(&agents).await;
    output::aside("Ctrl-C ends");
    signals.next().await;
    output::aside("ending: turns that run are finished first");
    tokio::select! {
        () = stop(&agents) => {}
        again = signals.next() => return Ok(again.code()),
    }
    // To be ended is how this ends.
    Ok(ExitCode::SUCCESS)
}

/// The name of two characters that would be one agent: they would share memories and answer twice.
fn same_agent(plans: &[(Plan, PathBuf)]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    let twice =
        plans.iter().find(|(plan, _)| !seen.insert((plan.character.id, plan.character.name.as_str())));
    twice.map(|(plan, _)| plan.character.name.as_str())
}

async fn running(agent: &Agent) -> String {
    let plugins = match agent.parts().plugins.len() {
        1 => "1 plugin".to_owned(),
        count => format!("{count} plugins"),
    };
    let name = output::styled(output::STRONG, &agent.character().name);
    let store = agent.store().description();
    let others = others(agent).await;
    format!("{name} runs: {plugins}, memories in {store}, {}{others}", start::who_answers(agent))
}

/// How many other processes run the agent too, if any do.
async fn others(agent: &Agent) -> String {
    let members = agent.members().await.unwrap_or_default();
    match members.iter().filter(|member| !member.is_this).count() {
        0 => String::new(),
        1 => "; another process runs it too, and they share its rooms".to_owned(),
        count => format!("; {count} other processes run it too, and they share its rooms"),
    }
}

async fn stop(agents: &[Agent]) {
    for agent in agents.iter().rev() {
        agent.stop().await;
    }
}
