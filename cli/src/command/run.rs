//! `galatea run`

use crate::{cli::Run, failure::Failure, news::News, output, signal::Signals, start};
use galatea::{agent::Agent, plan::Plan, registry::Registry};
use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

pub(super) fn run(args: &Run) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let named: Vec<Option<&str>> = args.characters.iter().map(|name| Some(name.as_str())).collect();
    let characters = if named.is_empty() { vec![None] } else { named };
    start::runtime()?.block_on(keep(&registry, &characters, !args.no_watch))
}

async fn keep(registry: &Registry, characters: &[Option<&str>], watches: bool) -> Result<ExitCode, Failure> {
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
        match start::agent(plan, registry, base).await {
            Ok(agent) => agents.push(agent),
            Err(failure) => {
                stop(&agents).await;
                return Err(failure);
            }
        }
    }
    for agent in &agents {
        output::line(&running(agent));
        start::tell_left_over(agent.left_over());
        let mut news = News::of(agent, watches);
        tokio::spawn(async move {
            loop {
                news.next().await.tell();
            }
        });
    }
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

fn running(agent: &Agent) -> String {
    let plugins = match agent.parts().plugins.len() {
        1 => "1 plugin".to_owned(),
        count => format!("{count} plugins"),
    };
    let name = output::styled(output::STRONG, &agent.character().name);
    let store = agent.store().description();
    format!("{name} runs: {plugins}, memories in {store}, {}", start::who_answers(agent))
}

async fn stop(agents: &[Agent]) {
    for agent in agents.iter().rev() {
        agent.stop().await;
    }
}
