//! Takes one plugin down: the reverse of loading it.

use super::{Agent, LoadStep, RegisteredListener, RunningService, load::HOOK_TIMEOUT};
use crate::{definition::PluginDef, event::PluginStep, extract::Invocation, turn::guarded};
use std::time::Duration;

/// How long the events that wait in a queue of a plugin may still be handled.
const DRAIN_GRACE: Duration = Duration::from_secs(5);

/// Ends a plugin's subscriptions, stops its services in reverse, takes its parts away, runs its unload hooks. Goes on whatever fails on
/// the way.
pub(super) async fn unload(agent: &Agent, def: &'static PluginDef) {
    take_down(agent, def).await;
    agent.emit(PluginStep { plugin: def.name.to_owned(), step: LoadStep::Unloaded }).await;
}

/// [`unload`] without telling of it.
pub(super) async fn take_down(agent: &Agent, def: &'static PluginDef) {
    close_lazy(agent, def).await;
    silence(agent, def).await;
    super::subscribe::end(agent, def).await;
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
}

/// Nothing may start what is about to be stopped, and what was started unseen is stopped too: by a turn that
/// uses parts which a change has replaced.
async fn close_lazy(agent: &Agent, def: &'static PluginDef) {
    let mut lazy = agent.parts().lazy.clone();
    lazy.retain(|lazy| lazy.plugin.name == def.name);
    agent.change_parts(|parts| parts.lazy.retain(|lazy| lazy.plugin.name != def.name));
    for lazy in lazy {
        let Some(started) = lazy.close().await else { continue };
        agent.change_parts(|parts| {
            if !parts.services.iter().any(|service| service.is_same(&started)) {
                parts.services.push(started);
            }
        });
    }
}

/// Ends what the plugin does by itself while its services still run: events that wait in its queues are handled, handlers
/// that it subscribed are taken away.
async fn silence(agent: &Agent, def: &PluginDef) {
    let mut queues = Vec::new();
    agent.change_parts(|parts| {
        for listeners in parts.listeners.values_mut() {
            let queued = |(owner, listener): &mut (&PluginDef, RegisteredListener)| {
                owner.name == def.name && listener.queue.is_some()
            };
            queues.extend(listeners.extract_if(.., queued).filter_map(|(_, listener)| listener.queue));
        }
    });
    agent.change_parts(|parts| parts.tasks.retain(|part| part.plugin.name != def.name));
    // Where a change put another loading of the plugin in its place, that one's attempts go on.
    let owner = agent.parts().owner(def.name);
    if let Some(owner) = &owner {
        agent.scheduler().end_attempts(owner, DRAIN_GRACE).await;
    }
    for queue in queues {
        agent.events().count_dropped(queue.drain(DRAIN_GRACE).await);
    }
    if let Some(owner) = owner {
        owner.end();
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use crate::{
        agent::{Agent, StartOptions},
        character::Document,
        definition::Plugin as _,
        diagnostic::Source,
        plan::Plan,
        prelude::*,
        registry::Registry,
        route::{Body, Path},
    };
    use tower::ServiceExt;

    /// Has a route.
    #[plugin("gate")]
    struct Gate;

    /// Lets through.
    #[route(GET, "/{name}", public, plugin = Gate)]
    async fn pass(Path(name): Path<String>) -> String {
        name
    }

    /// Stays.
    #[plugin("wall")]
    struct Wall;

    /// Stands.
    #[route(GET, "/{name}", public, plugin = Wall)]
    async fn stand(Path(name): Path<String>) -> String {
        name
    }

    #[tokio::test]
    async fn routes_go_with_their_plugin() {
        let registry = Registry::linked().unwrap();
        let text = "name = \"Ada\"\n[plugins.gate]\n[plugins.wall]";
        let (document, _) = Document::parse(Source { path: "test.toml".to_owned(), text: text.into() });
        let plan = Plan::of(&registry, &document).unwrap();
        let agent = Agent::start(plan, &registry, StartOptions::default()).await.unwrap();
        let router = agent.router();
        let status = async |path: &str| {
            let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap().status().as_u16()
        };
        assert_eq!((status("/gate/x").await, status("/wall/x").await), (200, 200));
        super::unload(&agent, Gate::DEF).await;
        assert_eq!((status("/gate/x").await, status("/wall/x").await), (404, 200));
        assert!(agent.openapi()["paths"].get("/gate/{name}").is_none());
        agent.stop().await;
    }
}
