//! Services as parameters.

use super::{Extract, ExtractError, HandlerKind, Invocation, Signature};
use crate::definition::Plugin;
use std::{any::TypeId, ops::Deref, sync::Arc};

/// A type that some plugin provides as a service. Implemented by `#[service]` only.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    label = "no plugin provides this type as a service",
    note = "annotate its `impl` with `#[service]` in the plugin that owns it"
)]
pub trait ServiceType: Send + Sync + 'static {
    /// The plugin that provides it.
    type Owner: Plugin;
    /// The permission it takes to use it; `()` for none.
    type Permission;
}

/// A running service. The plugin that provides it must be required.
///
/// A service that fails is started anew, as another object: a handler gets the one that runs at the moment of its
/// call. What keeps a `Service<S>` for longer, another service for instance, keeps the object that it was given.
/// `Option<Service<S>>` is `None` where the plugin is not there or the service is down.
#[derive(Debug)]
pub struct Service<S>(pub Arc<S>);

impl<S> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> Deref for Service<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<P: Plugin, K: HandlerKind, S: ServiceType> Extract<P, K> for Service<S> {
    type From = S::Owner;
    type Perhaps = P;
    type Permission = S::Permission;

    fn describe(signature: &mut Signature) {
        signature.services.push(TypeId::of::<S>());
        // An action may have changed what the service knows.
        signature.read_turn();
    }

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let service = std::any::type_name::<S>();
        let started = invocation.agent.service_started::<S>().await?;
        started
            .map(Self)
            .ok_or(ExtractError::Service { service, hint: "a plugin's own services start after `on_load`" })
    }
}

impl<P: Plugin, K: HandlerKind, S: ServiceType> Extract<P, K> for Option<Service<S>> {
    type From = P;
    type Perhaps = S::Owner;
    type Permission = S::Permission;

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        match invocation.agent.service_started::<S>().await {
            Ok(found) => Ok(found.map(Service)),
            Err(ExtractError::Down(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
