//! Takes one plugin down: the reverse of loading it.

use super::{Agent, LoadStep, RunningService, load::HOOK_TIMEOUT};
use crate::{definition::PluginDef, event::PluginStep, extract::Invocation, turn::guarded};

/// Stops a plugin's services in reverse, takes its parts away, runs its unload hooks. Goes on whatever fails on
/// the way.
pub(super) async fn unload(agent: &Agent, def: &'static PluginDef) {
    take_down(agent, def).await;
    agent.emit(PluginStep { plugin: def.name.to_owned(), step: LoadStep::Unloaded }).await;
}

/// [`unload`] without telling of it.
pub(super) async fn take_down(agent: &Agent, def: &'static PluginDef) {
    close_lazy(agent, def).await;
    while let Some(service) = take_last_service(agent, def) {
        let (name, limit) = (service.def.name, service.def.timeout);
        let outcome = guarded(limit, service.stop()).await.and_then(|result| result.map_err(Into::into));
        if let Err(failure) = outcome {
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
}

/// Nothing may start what is about to be stopped, and what was started unseen is stopped too: by a turn that
/// uses parts which a change has replaced.
async fn close_lazy(agent: &Agent, def: &'static PluginDef) {
    let mut lazy = agent.parts().lazy.clone();
    lazy.retain(|lazy| lazy.plugin.name == def.name);
    agent.change_parts(|parts| parts.lazy.retain(|lazy| lazy.plugin.name != def.name));
    for lazy in lazy {
        let Some(object) = lazy.close().await else { continue };
        agent.change_parts(|parts| {
            if !parts.services.iter().any(|service| service.is(&object)) {
                parts.services.push(RunningService::new(def, lazy.def, object));
            }
        });
    }
}

fn take_last_service(agent: &Agent, def: &PluginDef) -> Option<RunningService> {
    let mut taken = None;
    agent.change_parts(|parts| {
        let last = parts.services.iter().rposition(|service| service.plugin.name == def.name);
        taken = last.map(|index| parts.services.remove(index));
    });
    taken
}
