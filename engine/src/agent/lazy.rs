//! Services of lazy plugins: started when they are first used, once, however many want them at that moment.

use super::Agent;
use crate::{
    definition::{ErasedService, HandlerError, PluginDef, ServiceDef},
    extract::{Invocation, ServiceType},
    turn::{Failure, guarded},
};
use std::{any::TypeId, sync::Arc};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// A service that may not have been started yet.
#[derive(Clone, Debug)]
pub(super) struct LazyService {
    pub(super) plugin: &'static PluginDef,
    pub(super) def: &'static ServiceDef,
    started: Arc<OnceCell<ErasedService>>,
    /// Its plugin is being unloaded.
    closed: CancellationToken,
}

impl LazyService {
    pub(super) fn new(plugin: &'static PluginDef, def: &'static ServiceDef) -> Self {
        Self { plugin, def, started: Arc::default(), closed: CancellationToken::new() }
    }

    /// Whether it is this very one, of one loading of the plugin.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.started, &other.started)
    }

    /// Starts it no more. Gives what was started, also by a start that was under way.
    pub(super) async fn close(&self) -> Option<ErasedService> {
        self.closed.cancel();
        // Waits for a start that is under way; a later one finds it closed.
        let started = self.started.get_or_try_init(async || Err::<ErasedService, ()>(())).await;
        started.ok().cloned()
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
        if lazy.closed.is_cancelled() {
            let why = format!("plugin `{}` is being unloaded", lazy.plugin.name);
            return Err(HandlerError::Failed(why).into());
        }
        // A service outlives the turn that wants it: it starts with what the turn sees, and its handle of the
        // agent looks at what is newest afterwards.
        let agent = self.over(self.parts());
        let invocation = Invocation::of(agent.clone(), lazy.plugin);
        let start = guarded(lazy.def.timeout, (lazy.def.start)(&invocation)).await;
        agent.release();
        let object = start.and_then(|result: Result<_, HandlerError>| result.map_err(Into::into))?;
        // From here on it is a service like any other, and is stopped like any other.
        self.add_started(lazy, &object);
        Ok(object)
    }
}
