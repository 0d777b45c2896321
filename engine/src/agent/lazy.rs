//! Services of lazy plugins: started when they are first used, once, however many want them at that moment.

use super::{Agent, RunningService};
use crate::{
    definition::{ErasedService, HandlerError, PluginDef, ServiceDef},
    extract::{Invocation, ServiceType},
    turn::{Failure, guarded},
};
use std::{any::TypeId, sync::Arc};
use tokio::sync::OnceCell;

/// A service that may not have been started yet.
#[derive(Clone, Debug)]
pub(super) struct LazyService {
    pub(super) plugin: &'static PluginDef,
    pub(super) def: &'static ServiceDef,
    started: Arc<OnceCell<ErasedService>>,
}

impl LazyService {
    pub(super) fn new(plugin: &'static PluginDef, def: &'static ServiceDef) -> Self {
        Self { plugin, def, started: Arc::default() }
    }
}

impl Agent {
    /// A service, by type; one of a lazy plugin is started if it does not run. `None` if no loaded plugin has it.
    ///
    /// # Errors
    /// Why it could not be started; the next use tries again.
    pub async fn service_started<S: ServiceType>(&self) -> Result<Option<Arc<S>>, String> {
        let parts = self.parts();
        if let Some(running) = parts.service::<S>() {
            return Ok(Some(running));
        }
        let wanted = TypeId::of::<S>();
        let Some(lazy) = parts.lazy.iter().find(|lazy| (lazy.def.type_id)() == wanted).cloned() else {
            return Ok(None);
        };
        let agent = self.clone();
        // On a task of its own: the first user may have less time than the start takes.
        let starting =
            tokio::spawn(
                async move { lazy.started.get_or_try_init(|| agent.start_lazy(&lazy)).await.cloned() },
            );
        let object = starting.await.map_err(|error| error.to_string())?;
        Ok(object.map_err(|failure| failure.to_string())?.downcast().ok())
    }

    async fn start_lazy(&self, lazy: &LazyService) -> Result<ErasedService, Failure> {
        let invocation = Invocation::of(self.clone(), lazy.plugin);
        let start = guarded(lazy.def.timeout, (lazy.def.start)(&invocation)).await;
        let object = start.and_then(|result: Result<_, HandlerError>| result.map_err(Into::into))?;
        // From here on it is a service like any other, and is stopped like any other.
        self.change_parts(|parts| {
            parts.services.push(RunningService::new(lazy.plugin, lazy.def, Arc::clone(&object)));
        });
        Ok(object)
    }
}
