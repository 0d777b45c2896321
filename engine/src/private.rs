//! What generated code names. Not public API: it changes with the macros.

pub use inventory;
pub use schemars;
pub use serde;
pub use serde_json;

pub use crate::middleware::NoSettings;

use crate::{
    definition::{ConfigDef, ErasedService, HandlerError, HandlerFuture, NoConfig, Plugin, PluginDef},
    extract::{ExtractError, IntoSubscription, Invocation, ServiceType, Signature},
    middleware::{Middleware, Settings},
    provider::Subscription,
    route::DescribeAnswer,
};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::{future::Future, marker::PhantomData, sync::Arc};

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

/// A plugin's config, for a function of the plugin that is no handler.
///
/// # Errors
/// If the plugin is not loaded.
pub fn config<P: Plugin>(invocation: &Invocation) -> Result<Arc<P::Config>, ExtractError> {
    let config = invocation.agent.config(P::NAME).ok_or(ExtractError::NotLoaded(P::NAME))?;
    config.downcast().map_err(|_| ExtractError::NotLoaded(P::NAME))
}

/// The config definition of a composed plugin: a table with a table for each member, whose own handlers read them.
#[must_use]
pub const fn composed_config_of<P: Plugin>() -> ConfigDef {
    ConfigDef {
        schema: |generator| composed_schema(generator, P::DEF.members),
        read: |_| Ok(Arc::new(NoConfig {})),
    }
}

/// A table with a table for each member; required where the member's config has keys that are.
fn composed_schema(generator: &mut SchemaGenerator, members: &[&PluginDef]) -> Schema {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for member in members {
        let schema = (member.config.schema)(generator).to_value();
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next());
        let behind = reference.and_then(|name| generator.definitions().get(name)).unwrap_or(&schema);
        if behind.get("required").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty()) {
            required.push(member.name);
        }
        let property = json!({ "description": member.description, "allOf": [schema] });
        properties.insert(member.name.to_owned(), property);
    }
    schemars::json_schema!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false
    })
}

/// How the settings of a middleware are described and read.
#[derive(Debug)]
pub struct SettingsOf<S> {
    /// Adds their schema to a generator and gives a reference to it.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    /// Reads them.
    pub read: fn(Value) -> Result<S, serde_json::Error>,
}

/// The one mention of the settings' type in generated code: all that is asked of it is asked here.
#[must_use]
pub const fn settings_of<S: Settings>() -> SettingsOf<S> {
    SettingsOf {
        schema: |generator| generator.subschema_for::<S>(),
        read: |settings| serde_json::from_value(settings),
    }
}

/// A middleware with its type forgotten.
pub fn middleware<M: Middleware>(middleware: M) -> Arc<dyn Middleware> {
    Arc::new(middleware)
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

/// Ends compiling at a parameter that takes the body of a request where another one does already.
///
/// # Panics
/// At compile time, which is what it is for.
#[allow(clippy::panic, reason = "it is evaluated by the compiler only")]
pub const fn only_one_takes_the_body(before: &[bool], this: bool) {
    let mut at = 0;
    while at < before.len() {
        assert!(
            !(this && before[at]),
            "two parameters take the body of the request, which can be read once; keep one of them"
        );
        at += 1;
    }
}

/// Stands for the type of an answer. `(&&Told::<T>::new()).tell(…)` is [`TellAnswer`] where `T` describes itself,
/// else [`TellNothing`]: a result need not describe itself.
#[derive(Debug)]
pub struct Told<T>(PhantomData<fn() -> T>);

impl<T> Told<T> {
    /// Stands for `T`.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// What a type of answers tells of itself.
pub trait TellAnswer {
    /// Writes it down.
    fn tell(&self, signature: &mut Signature);
}

impl<T: DescribeAnswer> TellAnswer for &Told<T> {
    fn tell(&self, signature: &mut Signature) {
        T::describe_answer(&mut signature.route);
    }
}

/// What a type of answers tells that says nothing of itself.
pub trait TellNothing {
    /// Leaves it.
    fn tell(&self, _signature: &mut Signature) {}
}

impl<T> TellNothing for Told<T> {}
