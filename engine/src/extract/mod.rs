//! What handlers take: every parameter of an annotated function is an extractor.
//!
//! [`Extract`] says, per plugin and per kind of handler, what a parameter is, which plugin it comes from and
//! which permission it takes to hold one. The macros call [`param`] once per parameter, spanned on it, so that
//! a mistake is one compiler error at the parameter. Types are never recognised by their names: aliases and
//! extractors of other crates work.

mod agent;
mod args;
mod compose;
mod config;
mod idempotency;
mod invocation;
pub mod kind;
mod model;
mod output;
mod service;
mod service_kind;
mod task;
mod turn;
mod turns;

pub use crate::clock::Clock;
pub use agent::{Events, Memories, Models, Search};
pub use args::Args;
pub use compose::Compose;
pub use config::Config;
pub use idempotency::IdempotencyKey;
pub use invocation::{Input, Invocation};
pub use kind::HandlerKind;
pub use model::{AskedKind, Attached, Chunks, Event, Request};
pub use output::*;
pub use service::{Service, ServiceType};
pub use service_kind::{Kind, Kinds};
pub use task::TaskRun;
pub use turn::{Cancelled, History, Message, Place, Previous, Replies, Reply, Snapshot, State, Steps};
pub use turns::Turns;

use crate::{
    definition::{Call, Plugin, permission},
    route::{RouteError, RouteShape},
};
use serde_json::Value;
use std::{any::TypeId, future::Future};

/// A value that a handler of plugin `P` and kind `K` may take as a parameter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a handler of kind `{K}`",
    label = "not an extractor here",
    note = "take `Args<T>` (actions), `Config<ThisPlugin>`, `Service<S>`, `Message`, `State`, `Reply` or another type that implements `Extract`",
    note = "`Args<T>` asks of `T`: `Deserialize` and `JsonSchema`"
)]
pub trait Extract<P: Plugin, K: HandlerKind>: Sized + Send + 'static {
    /// The plugin this comes from, which `P` must require; `P` itself where it comes from nowhere else.
    type From: Plugin;
    /// The plugin this comes from if it is there, which `P` must require or name as optional; else `P`.
    type Perhaps: Plugin;
    /// The permission it takes to hold one; `()` for none.
    type Permission;

    /// It takes the body of a request, which only one parameter of a route can.
    const TAKES_BODY: bool = false;

    /// Adds what this parameter says of the handler: the schema of its arguments, the services it needs.
    fn describe(_signature: &mut Signature) {}

    /// Gets the value for one call.
    fn extract(invocation: &Invocation) -> impl Future<Output = Result<Self, ExtractError>> + Send;
}

/// `P: DependsOn<D>` is written by `#[plugin(requires(D))]` and asked for by parameters that come from `D`.
#[diagnostic::on_unimplemented(
    message = "plugin `{Self}` uses plugin `{D}` without requiring it",
    label = "this is provided by `{D}`",
    note = "add it where `{Self}` is declared: `#[plugin(\"…\", requires({D}))]`",
    note = "only required plugins are loaded, and started, before `{Self}`"
)]
pub trait DependsOn<D>: Plugin {}

/// `P: MayUse<D>` is written by `requires(D)` and `optional(D)`, and asked for by `Option<Service<S>>`.
#[diagnostic::on_unimplemented(
    message = "plugin `{Self}` asks for plugin `{D}` without naming it",
    label = "this is provided by `{D}`, if it is there",
    note = "add it where `{Self}` is declared: `#[plugin(\"…\", optional({D}))]`"
)]
pub trait MayUse<D>: Plugin {}

/// `P: Allows<X>` is written by `#[plugin(permissions(X))]` and asked for by parameters that need the permission.
#[diagnostic::on_unimplemented(
    message = "plugin `{Self}` needs the permission `{X}`",
    label = "needs `{X}`",
    note = "declare it: `#[plugin(\"…\", permissions({X}))]`, so that a character can grant or refuse it"
)]
pub trait Allows<X>: Plugin {}

impl<P: Plugin> Allows<()> for P {}

/// Every permission of the engine, so that a wrong name in `permissions(…)` is a compiler error.
pub trait Permission {}

impl Permission for permission::Network {}
impl Permission for permission::Filesystem {}
impl Permission for permission::Process {}
impl Permission for permission::Environment {}

/// What the parameters of a handler say of it.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// JSON Schema of the arguments, inlined, without title; `None` for a handler without arguments.
    pub arguments: Option<Value>,
    /// The services it cannot do without.
    pub services: Vec<TypeId>,
    /// The kinds of service it cannot do without, by name.
    pub kinds: Vec<&'static str>,
    /// It reads what changes while a turn runs: the state, the plan, the replies. Providers that do are run
    /// again after actions.
    pub reads_turn: bool,
    /// What a route reads of a request and answers.
    pub route: RouteShape,
    /// It offers actions at run time.
    pub offers: bool,
}

impl Signature {
    /// Notes that the handler reads what changes while a turn runs.
    pub fn read_turn(&mut self) {
        self.reads_turn = true;
    }

    /// Notes that the handler offers actions at run time.
    pub fn offer(&mut self) {
        self.offers = true;
    }

    /// Collects a signature.
    #[must_use]
    pub fn of(describe: fn(&mut Self)) -> Self {
        let mut signature = Self::default();
        describe(&mut signature);
        signature
    }
}

/// What the macros keep of a parameter.
#[derive(Debug)]
pub struct Param<T> {
    /// Adds to the signature.
    pub describe: fn(&mut Signature),
    /// Gets the value.
    pub extract: Call<Result<T, ExtractError>>,
    /// It takes the body of a request.
    pub takes_body: bool,
}

/// The one mention of a parameter's type in generated code: all that is asked of it is asked here.
#[must_use]
pub const fn param<P, K, T>() -> Param<T>
where
    K: HandlerKind,
    T: Extract<P, K>,
    P: DependsOn<T::From> + MayUse<T::Perhaps> + Allows<T::Permission>,
{
    Param {
        describe: T::describe,
        extract: |invocation| Box::pin(T::extract(invocation)),
        takes_body: T::TAKES_BODY,
    }
}

/// Why a parameter could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The arguments do not fit the type.
    #[error("the arguments do not fit: {0}")]
    Arguments(String),
    /// The service is not running.
    #[error("service `{service}` is not running{}", also(.hint))]
    Service {
        /// The type's name.
        service: &'static str,
        /// What may help.
        hint: &'static str,
    },
    /// The service, of a lazy plugin, could not be started.
    #[error("service `{service}` could not be started: {why}")]
    NotStarted {
        /// The type's name.
        service: &'static str,
        /// Why.
        why: String,
    },
    /// The service failed and does not run now.
    #[error(transparent)]
    Down(#[from] crate::service::ServiceDown),
    /// No service of the kind can be had.
    #[error(transparent)]
    Kind(#[from] crate::service::KindError),
    /// The handler was called without what this parameter is about.
    #[error("`{0}` exists only while a message is handled")]
    OutsideTurn(&'static str),
    /// The plugin is not loaded.
    #[error("plugin `{0}` is not loaded")]
    NotLoaded(&'static str),
    /// No previous result fits.
    #[error("no earlier action of this turn gave {0}")]
    NoPrevious(String),
    /// The request does not have it, or not as it should be.
    #[error("{0}")]
    Refused(RouteError),
    /// Anything that an extractor of another crate has to say.
    #[error("{0}")]
    Other(String),
}

fn also(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!("; {hint}") }
}
