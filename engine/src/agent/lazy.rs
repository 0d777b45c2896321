//! Services of lazy plugins: started when they are first used, once, however many want them at that moment.

use super::{Agent, RunningService};
use crate::{
    definition::{HandlerError, PluginDef, ServiceDef},
    event::ServiceUp,
    extract::Invocation,
    turn::{Failure, guarded},
};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A service that may not have been started yet.
#[derive(Clone, Debug)]
pub(crate) struct LazyService {
    pub(crate) plugin: &'static PluginDef,
    pub(crate) def: &'static ServiceDef,
    started: Arc<OnceCell<RunningService>>,
}

impl LazyService {
    pub(super) fn new(plugin: &'static PluginDef, def: &'static ServiceDef) -> Self {
        Self { plugin, def, started: Arc::default() }
    }

    /// The service, if it was started.
    pub(crate) fn running(&self) -> Option<&RunningService> {
        self.started.get()
    }
}

impl Agent {
    /// A service of a lazy plugin, started if this is its first use. An error is why not; the next use tries again.
    pub(crate) async fn started(&self, lazy: &LazyService) -> Result<RunningService, String> {
        let (agent, lazy) = (self.lasting(), lazy.clone());
        // On a task of its own: the first user may have less time than the start takes.
        let starting =
            tokio::spawn(
                async move { lazy.started.get_or_try_init(|| agent.start_lazy(&lazy)).await.cloned() },
            );
        starting.await.map_err(|error| error.to_string())?.map_err(|failure| failure.to_string())
    }

    async fn start_lazy(&self, lazy: &LazyService) -> Result<RunningService, Failure> {
        let invocation = Invocation::of(self.clone(), lazy.plugin);
        let start = guarded(lazy.def.timeout, (lazy.def.start)(&invocation)).await;
        let object = start.and_then(|result: Result<_, HandlerError>| result.map_err(Into::into))?;
        // From here on it is a service like any other, and is stopped like any other.
        let service = RunningService::begin(self, lazy.plugin, lazy.def, object);
        self.change_parts(|parts| parts.services.push(service.clone()));
        let (service_name, plugin) = (lazy.def.name.to_owned(), lazy.plugin.name.to_owned());
        self.emit(ServiceUp { service: service_name, plugin }).await;
        Ok(service)
    }
}
