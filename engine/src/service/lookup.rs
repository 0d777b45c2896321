//! Finds services: by type, by kind, all of them.

use super::{RunningService, ServiceDown, ServiceKind, ServiceState, ServiceStatus};
use crate::{
    agent::{Agent, LazyService},
    definition::{ErasedService, KindDef, PermissionKind, PluginDef, ServiceDef},
    extract::{ExtractError, ServiceType},
};
use futures_util::future::join_all;
use std::{any::TypeId, cmp::Reverse, sync::Arc};

/// Why nothing of a kind can be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KindError {
    /// No loaded plugin serves it.
    #[error("no service of the kind `{kind}` is loaded; {}", who(.known))]
    Unserved {
        /// The kind.
        kind: &'static str,
        /// The plugins of this build that serve it, sorted.
        known: Vec<&'static str>,
    },
    /// Some plugin serves it, but to use its service takes a permission that the asking plugin does not declare.
    #[error(
        "service `{service}` of plugin `{owner}` serves `{kind}`, but plugin `{plugin}` does not declare the permission \
         `{permission}` that it takes to use it; write `permissions({permission:?})` where `{plugin}` is declared"
    )]
    NotPermitted {
        /// The kind.
        kind: &'static str,
        /// The service.
        service: &'static str,
        /// Its plugin.
        owner: &'static str,
        /// The plugin that asks.
        plugin: &'static str,
        /// What it does not declare.
        permission: PermissionKind,
    },
    /// It is down.
    #[error(transparent)]
    Down(#[from] ServiceDown),
    /// The service, of a lazy plugin, could not be started.
    #[error("service `{service}` of plugin `{plugin}` could not be started: {why}")]
    NotStarted {
        /// The service.
        service: &'static str,
        /// Its plugin.
        plugin: &'static str,
        /// Why.
        why: String,
    },
}

fn who(known: &[&str]) -> String {
    match known {
        [] => "no plugin of this build serves it: link one that does".to_owned(),
        known => format!("add one of these plugins to the character: {}", known.join(", ")),
    }
}

/// A service that runs or will on its first use.
enum Found {
    Running(RunningService),
    Lazy(LazyService),
}

impl Found {
    fn of(&self) -> (&'static PluginDef, &'static ServiceDef) {
        match self {
            Self::Running(service) => (service.plugin, service.def),
            Self::Lazy(lazy) => (lazy.plugin, lazy.def),
        }
    }

    async fn get(&self, agent: &Agent) -> Result<(RunningService, ErasedService), KindError> {
        let service = match self {
            Self::Running(service) => service.clone(),
            Self::Lazy(lazy) => agent.started(lazy).await.map_err(|why| KindError::NotStarted {
                service: lazy.def.name,
                plugin: lazy.plugin.name,
                why,
            })?,
        };
        let object = service.available(agent).await?;
        Ok((service, object))
    }
}

impl Agent {
    /// A service, by type; one of a lazy plugin is started if it does not run, one that is down is tried again, at
    /// most once a minute. `None` if no loaded plugin has it.
    ///
    /// # Errors
    /// Why it could not be started, or why it is down; the next use of a lazy one tries again.
    pub async fn service_started<S: ServiceType>(&self) -> Result<Option<Arc<S>>, ExtractError> {
        let Some(found) = self.find(|def| (def.type_id)() == TypeId::of::<S>()).into_iter().next() else {
            return Ok(None);
        };
        match found.get(self).await {
            Ok((_, object)) => Ok(object.downcast().ok()),
            Err(KindError::NotStarted { why, .. }) => {
                Err(ExtractError::NotStarted { service: std::any::type_name::<S>(), why })
            }
            Err(KindError::Down(down)) => Err(down.into()),
            Err(other) => Err(other.into()),
        }
    }

    /// The service of a kind: of several that serve it the one whose plugin has the highest priority, then the one
    /// that was loaded first; one that cannot be had is passed over where another can. A service of a lazy plugin
    /// is started. For embedders: handlers take [`Kind`](crate::extract::Kind), which also asks for the
    /// permission that a service takes.
    ///
    /// # Errors
    /// [`KindError`]: that nothing serves it, or why the first that does cannot be had.
    pub async fn kind<K: ServiceKind + ?Sized>(&self) -> Result<Arc<K>, KindError> {
        self.first_of_kind::<K>(None).await
    }

    /// Every service of a kind that can be had, in the order of [`kind`](Self::kind).
    pub async fn kinds<K: ServiceKind + ?Sized>(&self) -> Vec<Arc<K>> {
        self.all_of_kind::<K>(None).await
    }

    pub(crate) async fn first_of_kind<K: ServiceKind + ?Sized>(
        &self,
        plugin: Option<&PluginDef>,
    ) -> Result<Arc<K>, KindError> {
        let mut first = None;
        for found in self.of_kind::<K>() {
            let had = match permitted::<K>(&found, plugin) {
                Ok(()) => found.get(self).await,
                Err(refused) => Err(refused),
            };
            match had {
                Ok((service, object)) => {
                    if let Some(kind) = service.serve::<K>(&object) {
                        return Ok(kind);
                    }
                }
                Err(error) => {
                    first.get_or_insert(error);
                }
            }
        }
        Err(first.unwrap_or_else(|| KindError::Unserved {
            kind: K::NAME,
            known: self.registry().serving(K::NAME).map(|plugin| plugin.def.name).collect(),
        }))
    }

    pub(crate) async fn all_of_kind<K: ServiceKind + ?Sized>(
        &self,
        plugin: Option<&PluginDef>,
    ) -> Vec<Arc<K>> {
        let mut all = Vec::new();
        for found in self.of_kind::<K>() {
            if permitted::<K>(&found, plugin).is_err() {
                continue;
            }
            match found.get(self).await {
                Ok((service, object)) => all.extend(service.serve::<K>(&object)),
                Err(error) => tracing::warn!(kind = K::NAME, "left out: {error}"),
            }
        }
        all
    }

    fn of_kind<K: ServiceKind + ?Sized>(&self) -> Vec<Found> {
        let is_it = |kind: &KindDef| (kind.type_id)() == TypeId::of::<K>();
        let mut found = self.find(|def| def.kinds.iter().any(is_it));
        let parts = self.parts();
        let place = |plugin: &PluginDef| parts.plugins.iter().position(|other| other.name == plugin.name);
        found.sort_by_key(|found| (Reverse(found.of().0.priority), place(found.of().0)));
        found
    }

    /// The services that fit: those that run, then those that wait for their first use.
    fn find(&self, fits: impl Fn(&ServiceDef) -> bool) -> Vec<Found> {
        let parts = self.parts();
        let running: Vec<&RunningService> = parts.services.iter().filter(|one| fits(one.def)).collect();
        let runs = |def: &ServiceDef| running.iter().any(|one| (one.def.type_id)() == (def.type_id)());
        let waiting = parts.lazy.iter().filter(|lazy| fits(lazy.def) && !runs(lazy.def));
        let waiting: Vec<Found> = waiting.cloned().map(Found::Lazy).collect();
        running.into_iter().cloned().map(Found::Running).chain(waiting).collect()
    }

    /// How each service is, in load order, without asking it; those of lazy plugins that wait are there too.
    #[must_use]
    pub fn services(&self) -> Vec<ServiceStatus> {
        let status = |found: &Found| match found {
            Found::Running(service) => service.status(),
            Found::Lazy(lazy) => lazy.running().map_or_else(|| waiting(lazy), |service| service.status()),
        };
        self.find(|_| true).iter().map(status).collect()
    }

    /// How each service is, asked now, all at once; each has its own time limit.
    pub async fn services_asked(&self) -> Vec<ServiceStatus> {
        let parts = self.parts();
        // What one says stands in its status.
        join_all(parts.services.iter().map(RunningService::health)).await;
        self.services()
    }
}

fn waiting(lazy: &LazyService) -> ServiceStatus {
    ServiceStatus {
        service: lazy.def.name,
        plugin: lazy.plugin.name,
        kinds: lazy.def.kinds.iter().map(|kind| kind.name).collect(),
        state: ServiceState::Waiting,
        since: None,
        restarts: 0,
        unwell: None,
    }
}

/// Whether a plugin declares what it takes to use a service. A plugin may always use its own.
fn permitted<K: ServiceKind + ?Sized>(found: &Found, asking: Option<&PluginDef>) -> Result<(), KindError> {
    let (owner, def) = found.of();
    let (Some(permission), Some(asking)) = (def.permission, asking) else {
        return Ok(());
    };
    if owner.name == asking.name || asking.permissions.iter().any(|declared| declared.kind == permission) {
        return Ok(());
    }
    Err(KindError::NotPermitted {
        kind: K::NAME,
        service: def.name,
        owner: owner.name,
        plugin: asking.name,
        permission,
    })
}
