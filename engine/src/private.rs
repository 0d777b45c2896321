//! What generated code names. Not public API: it changes with the macros.

pub use inventory;
pub use schemars;
pub use serde;

use crate::{
    definition::{ConfigDef, ErasedService, HandlerError, HandlerFuture, Plugin},
    extract::{IntoSubscription, ServiceType},
    provider::Subscription,
};
use std::{future::Future, sync::Arc};

/// `T`. Written around a type, it lets generated code give the first and the last token spans of their own.
pub type The<T> = T;

/// Asks of a handler's future that it can move between threads, in a place of its own: one error, at the
/// function's name.
pub fn send<F: Future + Send>(future: F) -> impl Future<Output = F::Output> + Send {
    future
}

/// The stream of a subscribing provider, whose type has no name.
///
/// # Errors
/// The error of the provider.
pub fn subscription<Form, S: IntoSubscription<Form>>(stream: S) -> Result<Subscription, String> {
    stream.into_subscription()
}

/// The config definition of a plugin. It asks nothing of the config's type that the plugin's `Config` does not
/// ask already.
#[must_use]
pub const fn config_of<P: Plugin>() -> ConfigDef {
    ConfigDef::of::<P::Config>()
}

/// What `start` gave, with its type forgotten.
///
/// # Errors
/// The error of `start`.
pub fn started<S: ServiceType>(service: Result<S, String>) -> Result<ErasedService, HandlerError> {
    Ok(Arc::new(service.map_err(HandlerError::Failed)?))
}

/// The service as what it is.
///
/// # Errors
/// If it is another one; only a mistake of the engine could cause that.
pub fn service<S: ServiceType>(service: ErasedService) -> Result<Arc<S>, String> {
    service
        .downcast()
        .map_err(|_| format!("the engine gave another service than `{}`", std::any::type_name::<S>()))
}

/// The end of a service that has no `stop`.
pub fn nothing_to_stop(_service: ErasedService) -> HandlerFuture<'static, Result<(), HandlerError>> {
    Box::pin(std::future::ready(Ok(())))
}
