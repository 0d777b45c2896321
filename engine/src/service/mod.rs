//! Services: objects that live as long as their plugin is loaded and that handlers share.
//!
//! [`ServiceKind`] lets others look a service up by what it does (`kind` holds the kinds that the engine knows,
//! `lookup` finds who serves one); `running` is a service that runs, `supervise` starts it anew where it fails,
//! `status` says how it is. [`Pool`], [`Cache`], [`Analytics`] and [`Embeddings`] are built in: parameters that
//! need no plugin. `agent` keeps the services of an agent; handlers take what is here as parameters.

mod analytics;
mod cache;
mod embeddings;
pub mod kind;
mod lookup;
mod pool;
mod running;
mod status;
mod supervise;

pub(crate) use analytics::Part;
pub use analytics::*;
pub use cache::*;
pub use embeddings::*;
pub use lookup::KindError;
pub use pool::*;
pub use running::RunningService;
pub use status::{ServiceDown, ServiceState, ServiceStatus};

/// A kind of service: implemented for the `dyn` type of a trait, so that others can ask for whoever implements it.
///
/// The engine's kinds are in [`kind`]. Anybody may add one:
///
/// ```
/// use galatea::prelude::*;
///
/// /// Knows the tides.
/// pub trait Tides: Send + Sync {
///     /// Metres above chart datum, now.
///     fn height(&self) -> f64;
/// }
///
/// impl ServiceKind for dyn Tides {
///     const NAME: &'static str = "tides";
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of service",
    label = "expected the `dyn` type of a trait that is a kind",
    note = "the engine's kinds are in `galatea::service::kind`: `dyn WebSearch`; one of your own: `impl ServiceKind for dyn MyKind {{ const NAME: &'static str = \"my-kind\"; }}`"
)]
pub trait ServiceKind: Send + Sync + 'static {
    /// The name in kebab-case, unique in a build, and other than those of model kinds: plugins that need the kind
    /// write `requires(capability("web-search"))`.
    const NAME: &'static str;
}

/// What the built-in services keep, of one agent.
pub(crate) struct Shared {
    pub(crate) pools: pool::Shelf,
    pub(crate) caches: cache::Caches,
    pub(crate) tally: analytics::Tally,
    pub(crate) embeddings: embeddings::Queue,
    pub(crate) spaces: crate::search::Spaces,
    pub(crate) ledger: crate::budget::Ledger,
    pub(crate) health: crate::model::Health,
    pub(crate) slow: crate::telemetry::Slow,
    pub(crate) prompts: crate::telemetry::Prompts,
}

impl Shared {
    pub(crate) fn new(clock: &crate::clock::Clock) -> Self {
        Self {
            pools: pool::Shelf::default(),
            caches: cache::Caches::default(),
            tally: analytics::Tally::new(clock.clone()),
            embeddings: embeddings::Queue::default(),
            spaces: crate::search::Spaces::default(),
            ledger: crate::budget::Ledger::default(),
            health: crate::model::Health::default(),
            slow: crate::telemetry::Slow::default(),
            prompts: crate::telemetry::Prompts::default(),
        }
    }
}
