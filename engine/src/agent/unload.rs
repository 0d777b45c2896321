//! Takes one plugin down: the reverse of loading it.

use super::{Agent, LoadStep, RunningService, load::HOOK_TIMEOUT};
use crate::{definition::PluginDef, event::PluginStep, extract::Invocation, turn::guarded};

/// Stops a plugin's services in reverse, takes its parts away, runs its unload hooks. Goes on whatever fails on
/// the way.
pub(super) async fn unload(agent: &Agent, def: &'static PluginDef) {
    // Nothing may start what is about to be stopped.
    agent.change_parts(|parts| parts.lazy.retain(|lazy| lazy.plugin.name != def.name));
    while let Some(service) = take_last_service(agent, def) {
        let name = service.def.name;
        if let Err(failure) = service.stop(agent.clock().now()).await {
            tracing::error!(plugin = def.name, service = name, "stopping: {failure}");
        }
    }
    agent.change_parts(|parts| {
        for listeners in parts.listeners.values_mut() {
            listeners.retain(|(owner, _)| owner.name != def.name);
        }
    });
    // Hooks may still read their config; it goes last.
    for hook in agent.parts().unload_hooks(def.name) {
        let invocation = Invocation::of(agent.clone(), def);
        let outcome = guarded(HOOK_TIMEOUT, (hook.call)(&invocation)).await;
        if let Err(failure) = outcome.and_then(|result| result.map_err(Into::into)) {
            tracing::error!(plugin = def.name, "on_unload: {failure}");
        }
    }
    agent.change_parts(|parts| parts.remove(def.name));
    agent.emit(PluginStep { plugin: def.name.to_owned(), step: LoadStep::Unloaded }).await;
}

fn take_last_service(agent: &Agent, def: &PluginDef) -> Option<RunningService> {
    let mut taken = None;
    agent.change_parts(|parts| {
        let last = parts.services.iter().rposition(|service| service.plugin.name == def.name);
        taken = last.map(|index| parts.services.remove(index));
    });
    taken
}
