//! Handlers: parts with the layers that the plan puts around them, built once when a plugin is loaded.

use super::{Call, CallError, Handler, Middleware, Outcome, Part, PartKind};
use crate::{
    definition::{self, ActionDef, HandlerFuture, MiddlewareDef, ProviderCall},
    extract::{Invocation, Signature},
    offer::RunOffered,
    registry::RegisteredPlugin,
    turn::panic_message,
};
use futures_util::FutureExt;
use std::{collections::BTreeMap, fmt, panic::AssertUnwindSafe, sync::Arc};
use tower::service_fn;

/// A middleware that is made.
#[derive(Clone)]
pub(crate) struct Layered {
    def: &'static MiddlewareDef,
    middleware: Arc<dyn Middleware>,
}

impl Layered {
    /// Makes a middleware of settings whose secrets are resolved; else says why not.
    pub(crate) fn new(def: &'static MiddlewareDef, settings: serde_json::Value) -> Result<Self, String> {
        let made = std::panic::catch_unwind(AssertUnwindSafe(|| (def.make)(settings)));
        let made = made.map_err(|panic| format!("panicked: {}", panic_message(&*panic)))?;
        let middleware = made.map_err(|error| error.to_string())?;
        Ok(Self { def, middleware })
    }
}

/// The layers around a plugin's parts, outermost first.
#[derive(Clone, Default)]
pub(crate) struct Stack(pub(crate) Vec<Layered>);

impl Stack {
    /// A part with its layers around it; `None` where none of them is for parts of this kind.
    fn wrap(&self, kind: PartKind, part: impl FnOnce() -> Handler) -> Option<Handler> {
        let mut layers = self.0.iter().rev().filter(|layer| layer.def.kinds.contains(&kind)).peekable();
        layers.peek()?;
        Some(layers.fold(part(), |inner, layer| layer.middleware.wrap(inner)))
    }
}

/// The parts that have layers, by kind, plugin and name. What is not in here is called as it is.
#[derive(Clone, Default)]
pub(crate) struct Handlers {
    parts: BTreeMap<(PartKind, &'static str, &'static str), (Part, Handler)>,
    /// The layers around the parts of each plugin that has some: for what it offers later.
    stacks: BTreeMap<&'static str, Arc<Stack>>,
    /// The batch forms of evaluators, by plugin and name.
    batches: BTreeMap<(&'static str, &'static str), (Part, Handler)>,
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts.keys()).finish()
    }
}

impl Handlers {
    /// Puts layers around every part of a plugin.
    ///
    /// # Errors
    /// What a layer panicked with when it was put around a part.
    pub(crate) fn wrap(&mut self, plugin: &RegisteredPlugin, stack: &Stack) -> Result<(), String> {
        let wrapped =
            std::panic::catch_unwind(AssertUnwindSafe(|| (wrapped(plugin, stack), batches(plugin, stack))));
        let (parts, batches) = wrapped.map_err(|panic| format!("panicked: {}", panic_message(&*panic)))?;
        let keyed = |(part, handler): (Part, Handler)| ((part.kind, part.plugin, part.name), (part, handler));
        self.parts.extend(parts.into_iter().map(keyed));
        let keyed = |(part, handler): (Part, Handler)| ((part.plugin, part.name), (part, handler));
        self.batches.extend(batches.into_iter().map(keyed));
        self.stacks.insert(plugin.def.name, Arc::new(stack.clone()));
        Ok(())
    }

    /// Puts the layers of its plugin around an action that is offered at run time.
    ///
    /// # Errors
    /// What a layer panicked with when it was put around it.
    pub(crate) fn wrap_offered(
        &mut self,
        def: &'static ActionDef,
        run: &Arc<dyn RunOffered>,
    ) -> Result<(), String> {
        let Some(stack) = self.stacks.get(def.plugin).cloned() else { return Ok(()) };
        let wrapped = || stack.wrap(PartKind::Action, || offered(Arc::clone(run)));
        let wrapped = std::panic::catch_unwind(AssertUnwindSafe(wrapped));
        let handler = wrapped.map_err(|panic| format!("panicked: {}", panic_message(&*panic)))?;
        if let Some(handler) = handler {
            let part = Part::of_action(def, false);
            self.parts.insert((part.kind, part.plugin, part.name), (part, handler));
        }
        Ok(())
    }

    /// Takes away what is around a part.
    pub(crate) fn forget(&mut self, kind: PartKind, plugin: &'static str, name: &'static str) {
        self.parts.remove(&(kind, plugin, name));
    }

    /// Takes over what is around a part in other parts.
    pub(crate) fn take_over(
        &mut self,
        from: &Self,
        kind: PartKind,
        plugin: &'static str,
        name: &'static str,
    ) {
        let key = (kind, plugin, name);
        if let Some(part) = from.parts.get(&key) {
            self.parts.insert(key, part.clone());
        }
    }

    /// Takes away everything of a plugin.
    pub(crate) fn remove(&mut self, plugin: &str) {
        self.parts.retain(|(_, owner, _), _| *owner != plugin);
        self.batches.retain(|(owner, _), _| *owner != plugin);
        self.stacks.remove(plugin);
    }

    /// A part with layers.
    pub(super) fn get(
        &self,
        kind: PartKind,
        plugin: &'static str,
        name: &'static str,
    ) -> Option<&(Part, Handler)> {
        // Most agents have no middleware at all.
        if self.parts.is_empty() { None } else { self.parts.get(&(kind, plugin, name)) }
    }

    /// The batch form of an evaluator with layers.
    pub(super) fn batch(&self, plugin: &'static str, name: &'static str) -> Option<&(Part, Handler)> {
        self.batches.get(&(plugin, name))
    }
}

fn wrapped(plugin: &RegisteredPlugin, stack: &Stack) -> Vec<(Part, Handler)> {
    let reads_turn = |describe| Signature::of(describe).reads_turn;
    let actions = plugin.actions.iter().filter_map(|def| {
        let handler = stack.wrap(PartKind::Action, || innermost(def.call, Outcome::Action))?;
        Some((Part::of_action(def, reads_turn(def.describe)), handler))
    });
    let providers = plugin.providers.iter().filter_map(|def| {
        // A provider that tells by itself is not called.
        let ProviderCall::Ask(call) = def.call else { return None };
        let handler = stack.wrap(PartKind::Provider, || innermost(call, Outcome::Context))?;
        Some((Part::of_provider(def, reads_turn(def.describe)), handler))
    });
    let evaluators = plugin.evaluators.iter().filter_map(|def| {
        let handler = stack.wrap(PartKind::Evaluator, || innermost(def.call, Outcome::Evaluation))?;
        Some((Part::of_evaluator(def), handler))
    });
    let models = plugin.models.iter().filter_map(|def| {
        let handler = stack.wrap(PartKind::Model, || innermost(def.call, Outcome::Answer))?;
        Some((Part::of_model(def), handler))
    });
    actions.chain(providers).chain(evaluators).chain(models).collect()
}

/// The batch forms of a plugin's evaluators.
fn batches(plugin: &RegisteredPlugin, stack: &Stack) -> Vec<(Part, Handler)> {
    let batches = plugin.evaluators.iter().filter_map(|def| {
        let call = def.batch?;
        let handler = stack.wrap(PartKind::Evaluator, || innermost(call, Outcome::Evaluations))?;
        Some((Part::of_evaluator(def), handler))
    });
    batches.collect()
}

/// The part itself, as what the innermost layer is around. A panic of the part becomes an error, so that layers see it.
fn innermost<T, E>(call: definition::Call<Result<T, E>>, outcome: fn(T) -> Outcome) -> Handler
where
    T: Send + 'static,
    E: Into<CallError> + Send + 'static,
{
    Handler::new(service_fn(
        move |request: Call| async move { run(call, &request.invocation).await.map(outcome) },
    ))
}

/// An action that is offered at run time, as what the innermost layer is around.
fn offered(run: Arc<dyn RunOffered>) -> Handler {
    Handler::new(service_fn(move |request: Call| {
        let run = Arc::clone(&run);
        async move {
            match AssertUnwindSafe(run.run(&request.invocation)).catch_unwind().await {
                Ok(result) => Ok(Outcome::Action(result)),
                Err(panic) => Err(CallError::Panicked(panic_message(&*panic))),
            }
        }
    }))
}

async fn run<T, E: Into<CallError>>(
    call: definition::Call<Result<T, E>>,
    invocation: &Invocation,
) -> Result<T, CallError> {
    let future: HandlerFuture<'_, Result<T, E>> = call(invocation);
    match AssertUnwindSafe(future).catch_unwind().await {
        Ok(result) => result.map_err(Into::into),
        Err(panic) => Err(CallError::Panicked(panic_message(&*panic))),
    }
}
