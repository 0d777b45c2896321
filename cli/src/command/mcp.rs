//! `galatea mcp`

use crate::{cli::Mcp, failure::Failure, output, signal::Signals, start};
use galatea::{
    agent::Agent,
    definition::{Strength, Target},
    registry::Registry,
    service::{KindError, StdioServer},
};
use std::{process::ExitCode, sync::Arc};

pub(super) fn run(args: &Mcp) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    let runtime = start::runtime()?;
    let code = runtime.block_on(async {
        let mut signals =
            Signals::new().map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))?;
        let agent = start::agent(plan, &registry, base).await?;
        let served = tokio::select! {
            served = serve(&agent, &registry) => served,
            signal = signals.next() => Ok(signal.code()),
        };
        agent.stop().await;
        served
    });
    // A thread may still wait for input that never comes.
    runtime.shutdown_background();
    code
}

async fn serve(agent: &Agent, registry: &Registry) -> Result<ExitCode, Failure> {
    let server = server(agent, registry).await?;
    output::aside(&format!("{} answers on standard input and output", agent.character().name));
    server.serve(agent).await.map_err(|error| Failure::new(format!("the client was not served: {error}")))?;
    Ok(ExitCode::SUCCESS)
}

/// What speaks the protocol. A character that does not select the plugin gets it for this process.
async fn server(agent: &Agent, registry: &Registry) -> Result<Arc<dyn StdioServer>, Failure> {
    let plugin = match agent.kind::<dyn StdioServer>().await {
        Ok(server) => return Ok(server),
        Err(KindError::Unserved { known, .. }) if !known.is_empty() => known[0],
        Err(error) => return Err(Failure::new(error.to_string())),
    };
    let help = format!("write [plugins.{plugin}] into the character");
    let refused =
        |why: String| Failure::new(format!("plugin `{plugin}` cannot be added: {why}")).help(help.clone());
    for required in required(registry, plugin) {
        if agent.plan().plugin(required).is_none() {
            agent.plugins().enable(required).await.map_err(|error| refused(error.to_string()))?;
        }
    }
    agent.plugins().enable(plugin).await.map_err(|error| refused(error.to_string()))?;
    agent.live().kind::<dyn StdioServer>().await.map_err(|error| refused(error.to_string()))
}

/// The plugins that a plugin does not load without.
fn required(registry: &Registry, plugin: &str) -> Vec<&'static str> {
    let requirements = registry.get(plugin).map_or(&[][..], |plugin| plugin.def.requirements);
    let names =
        requirements.iter().filter_map(|requirement| match (requirement.strength, requirement.target) {
            (Strength::Required, Target::Plugin(name)) => Some(name),
            _ => None,
        });
    names.collect()
}
