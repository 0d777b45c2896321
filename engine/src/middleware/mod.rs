//! Middleware: layers around actions, providers, evaluators and model calls, in the shape of [`tower`].
//!
//! A middleware is a function with [`#[middleware]`](macro@crate::middleware) that gives a [`Middleware`]: any
//! [`tower::Layer`] around a [`Handler`], so layers of tower itself will do, or a function through [`from_fn`].
//! Characters put them into stacks: `middleware = ["logging", { retry = { times = 3 } }]` for all parts, the
//! same key in a plugin's table for its parts, `#[plugin("x", middleware("timing"))]` in code. The character's
//! are outermost, then those of the plugin's table, then the plugin's own; in a list the first is outermost.
//!
//! The guards of the engine (roles, validate stages, rate and time limits, panics) stay outside of every stack:
//! the layers of an action share its time limit.
//!
//! `layer` is what authors implement, `error` what a call can fail with, `stack` builds handlers when a plugin is
//! loaded, `call` is where turns call parts, `shipped` are the engine's own.

mod call;
mod error;
mod layer;
mod shipped;
mod stack;

pub use crate::definition::PartKind;
pub use error::CallError;
pub use layer::{FromFn, FromFnService, Middleware, Next, Settings, from_fn};
#[doc(hidden)]
pub use shipped::NoSettings;
pub use shipped::{CacheSettings, LogLevel, LoggingSettings, PartTiming, RetrySettings, Sharing};
pub use tower;
pub use tower::Layer;

pub(crate) use call::{action, evaluator, evaluator_of_several, model, provider};
pub(crate) use shipped::{ENGINE, Timings};
pub(crate) use stack::{Handlers, Layered, Stack};

use crate::{
    action::ActionResult,
    definition::{ActionDef, EvaluatorDef, ModelDef, ProviderDef},
    evaluator::{Evaluation, Evaluations},
    extract::{Input, Invocation},
    model::{ModelAnswer, ModelRequest},
    provider::Context,
};
use serde::Serialize;
use serde_json::{Map, Value};
use tower::util::BoxCloneSyncService;

/// A part with the layers that are around it so far.
pub type Handler = BoxCloneSyncService<Call, Outcome, CallError>;

/// What a layer gives back.
pub type Answered = Result<Outcome, CallError>;

/// The part that is called. Serialised in kebab-case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Part {
    /// What kind of part.
    pub kind: PartKind,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Its name; of a model handler, the function's.
    pub name: &'static str,
    /// Calling it again does no harm: true of all parts but actions, which say so themselves.
    pub idempotent: bool,
    /// What it gives depends on what happened in the turn, so that it cannot be kept: a provider that reads the
    /// state, for instance.
    pub reads_turn: bool,
}

impl Part {
    pub(crate) fn of_action(def: &ActionDef, reads_turn: bool) -> Self {
        Self { idempotent: def.idempotent, reads_turn, ..Self::named(PartKind::Action, def.plugin, def.name) }
    }

    pub(crate) fn of_provider(def: &ProviderDef, reads_turn: bool) -> Self {
        Self { reads_turn, ..Self::named(PartKind::Provider, def.plugin, def.name) }
    }

    pub(crate) fn of_evaluator(def: &EvaluatorDef) -> Self {
        // What it is for is to look at the turn.
        Self { reads_turn: true, ..Self::named(PartKind::Evaluator, def.plugin, def.name) }
    }

    pub(crate) fn of_model(def: &ModelDef) -> Self {
        Self::named(PartKind::Model, def.plugin, def.name)
    }

    const fn named(kind: PartKind, plugin: &'static str, name: &'static str) -> Self {
        Self { kind, plugin, name, idempotent: true, reads_turn: false }
    }
}

/// One call of a part, on its way through the layers.
#[derive(Clone, Debug)]
pub struct Call {
    /// What is called.
    pub part: Part,
    /// What it is called with: the agent, the turn, the input.
    pub invocation: Invocation,
}

impl Call {
    /// The arguments of an action.
    #[must_use]
    pub fn arguments(&self) -> Option<&Map<String, Value>> {
        match &self.invocation.input {
            Input::Arguments(arguments) => Some(arguments),
            _ => None,
        }
    }

    /// The request to a model.
    #[must_use]
    pub fn request(&self) -> Option<&ModelRequest> {
        match &self.invocation.input {
            Input::Request(request, ..) => Some(request),
            _ => None,
        }
    }

    /// Whether somebody follows the text of a model while it is made.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        matches!(&self.invocation.input, Input::Request(_, sink, _) if sink.is_open())
    }

    /// Whether a model has begun to say its answer to who follows it.
    #[must_use]
    pub fn has_streamed(&self) -> bool {
        matches!(&self.invocation.input, Input::Request(_, sink, _) if sink.was_used())
    }

    /// How often the agent has said something in this turn so far; 0 outside of turns.
    #[must_use]
    pub fn replies(&self) -> usize {
        self.invocation.turn.as_ref().map_or(0, |turn| turn.replies().len())
    }
}

/// What a part gave, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// An action's result; it may be that of a failure.
    Action(ActionResult),
    /// What a provider tells.
    Context(Context),
    /// What an evaluator thinks, if anything.
    Evaluation(Option<Evaluation>),
    /// What the batch form of an evaluator thinks: of each turn, in their order.
    Evaluations(Evaluations),
    /// What a model answers.
    Answer(ModelAnswer),
}

impl Outcome {
    /// Whether it is the result of an action that failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Action(result) if !result.success)
    }
}
