//! Services of lazy plugins: started when they are first used, once, however many want them at that moment.

use super::{Agent, RunningService};
use crate::{
    definition::{HandlerError, PluginDef, ServiceDef},
    event::ServiceUp,
    extract::Invocation,
    telemetry::span,
    turn::{Failure, guarded},
};
use std::sync::Arc;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// A service that may not have been started yet.
#[derive(Clone, Debug)]
pub(crate) struct LazyService {
    pub(crate) plugin: &'static PluginDef,
    pub(crate) def: &'static ServiceDef,
    started: Arc<OnceCell<RunningService>>,
    /// Its plugin is being unloaded.
    closed: CancellationToken,
}

impl LazyService {
    pub(super) fn new(plugin: &'static PluginDef, def: &'static ServiceDef) -> Self {
        Self { plugin, def, started: Arc::default(), closed: CancellationToken::new() }
    }

    /// The service, if it was started.
    pub(crate) fn running(&self) -> Option<&RunningService> {
        self.started.get()
    }

    /// Whether it is this very one, of one loading of the plugin.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.started, &other.started)
    }

    /// Starts it no more. Gives what was started, also by a start that was under way.
    pub(super) async fn close(&self) -> Option<RunningService> {
        self.closed.cancel();
        // Waits for a start that is under way; a later one finds it closed.
        let started = self.started.get_or_try_init(async || Err::<RunningService, ()>(())).await;
        started.ok().cloned()
    }
}

impl Agent {
    /// A service of a lazy plugin, started if this is its first use. An error is why not; the next use tries again.
    pub(crate) async fn started(&self, lazy: &LazyService) -> Result<RunningService, String> {
        let (agent, lazy) = (self.clone(), lazy.clone());
        // On a task of its own: the first user may have less time than the start takes.
        let starting = tokio::spawn(async move {
            let mut is_new = false;
            let start = async {
                let service = agent.start_lazy(&lazy).await?;
                is_new = true;
                Ok::<_, Failure>(service)
            };
            let service = lazy.started.get_or_try_init(|| start).await.cloned()?;
            // Only now: who hears of it may want the service, and would wait for this start.
            if is_new {
                let (service, plugin) = (lazy.def.name.to_owned(), lazy.plugin.name.to_owned());
                agent.emit(ServiceUp { service, plugin }).await;
            }
            Ok::<_, Failure>(service)
        });
        starting.await.map_err(|error| error.to_string())?.map_err(|failure| failure.to_string())
    }

    async fn start_lazy(&self, lazy: &LazyService) -> Result<RunningService, Failure> {
        if lazy.closed.is_cancelled() {
            let why = format!("plugin `{}` is being unloaded", lazy.plugin.name);
            return Err(HandlerError::Failed(why).into());
        }
        // A service outlives the turn that wants it: it starts with what the turn sees, and its handle of the
        // agent looks at what is newest afterwards.
        let agent = self.over(self.parts());
        let invocation = Invocation::of(agent.clone(), lazy.plugin);
        let span = span::service(&agent, lazy.plugin, lazy.def);
        let start = super::Loading::run(&agent, lazy.plugin.name, (lazy.def.start)(&invocation));
        let start = guarded(lazy.def.timeout, start).instrument(span.clone()).await;
        agent.release();
        let object = start.and_then(|result: Result<_, HandlerError>| result.map_err(Into::into));
        let object = object.inspect_err(|failure| {
            span::failed(&span, span::kind_of(failure), &failure.to_string());
        })?;
        // From here on it is a service like any other, and is stopped like any other.
        let service = RunningService::begin(&agent, lazy.plugin, lazy.def, object);
        self.add_started(lazy, &service);
        Ok(service)
    }
}
