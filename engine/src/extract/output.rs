//! What handlers may return, and how it becomes what the engine works with.

use crate::{
    action::ActionResult,
    evaluator::{Evaluation, Evaluations},
    model::{ModelAnswer, ModelError},
    provider::{Context, Subscription},
    service::kind::Media,
    store::Store,
};
use futures_util::{Stream, StreamExt};
use std::{fmt::Display, sync::Arc};

/// What an action may return: nothing, a bool, a text, a number, an [`ActionResult`], an `Option` of those (`None`: it went
/// well, and there is nothing to say), or a `Result` of those.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of an action",
    label = "not an action's result",
    note = "return `()`, `bool`, `String`, `ActionResult`, an `Option` of those, or a `Result` of those whose error implements `Display`"
)]
pub trait IntoActionResult {
    /// Turns it into a result.
    fn into_action_result(self) -> ActionResult;
}

impl IntoActionResult for ActionResult {
    fn into_action_result(self) -> ActionResult {
        self
    }
}

impl IntoActionResult for () {
    fn into_action_result(self) -> ActionResult {
        ActionResult::default()
    }
}

impl IntoActionResult for bool {
    fn into_action_result(self) -> ActionResult {
        ActionResult { success: self, ..ActionResult::default() }
    }
}

impl IntoActionResult for &str {
    fn into_action_result(self) -> ActionResult {
        ActionResult::text(self)
    }
}

macro_rules! texts {
    ($($type:ty),*) => { $(
        impl IntoActionResult for $type {
            fn into_action_result(self) -> ActionResult {
                ActionResult::text(self.to_string())
            }
        }
    )* };
}

texts!(String, i32, i64, u32, u64, usize, f64);

impl<T: IntoActionResult> IntoActionResult for Option<T> {
    fn into_action_result(self) -> ActionResult {
        self.map(IntoActionResult::into_action_result).unwrap_or_default()
    }
}

impl<T: IntoActionResult, E: Display> IntoActionResult for Result<T, E> {
    fn into_action_result(self) -> ActionResult {
        match self {
            Ok(value) => value.into_action_result(),
            Err(error) => ActionResult::failure(error.to_string()),
        }
    }
}

/// What a provider may return: a text, a [`Context`], an `Option` (nothing to say), or a `Result` of those.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a provider gives",
    label = "not a provider's result",
    note = "return `Context`, `String`, an `Option` of those, or a `Result` whose error implements `Display`"
)]
pub trait IntoContext {
    /// Turns it into context, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_context(self) -> Result<Context, String>;
}

impl IntoContext for Context {
    fn into_context(self) -> Result<Context, String> {
        Ok(self)
    }
}

impl IntoContext for String {
    fn into_context(self) -> Result<Context, String> {
        Ok(Context::text(self))
    }
}

impl<T: IntoContext> IntoContext for Option<T> {
    fn into_context(self) -> Result<Context, String> {
        self.map_or_else(|| Ok(Context::default()), IntoContext::into_context)
    }
}

impl<T: IntoContext, E: Display> IntoContext for Result<T, E> {
    fn into_context(self) -> Result<Context, String> {
        self.map_err(|error| error.to_string())?.into_context()
    }
}

/// What a subscribing provider may return: a stream of what a provider may return, alone or in a `Result`. `Form` tells
/// the two apart; it is never written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a subscribing provider gives",
    label = "not a stream of what a provider tells",
    note = "return `impl Stream<Item = Context> + Send + 'static`, or a `Result` of it whose error implements `Display`",
    note = "an item is a `Context`, a `String`, an `Option` of those, or a `Result` whose error implements `Display`"
)]
pub trait IntoSubscription<Form> {
    /// Turns it into a stream, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_subscription(self) -> Result<Subscription, String>;
}

/// The form of a stream that stands alone.
#[derive(Debug)]
pub struct Alone;

/// The form of a stream in a `Result`.
#[derive(Debug)]
pub struct InResult;

#[diagnostic::do_not_recommend]
impl<S> IntoSubscription<Alone> for S
where
    S: Stream<Item: IntoContext> + Send + 'static,
{
    fn into_subscription(self) -> Result<Subscription, String> {
        Ok(self.map(IntoContext::into_context).boxed())
    }
}

#[diagnostic::do_not_recommend]
impl<S, E: Display> IntoSubscription<InResult> for Result<S, E>
where
    S: Stream<Item: IntoContext> + Send + 'static,
{
    fn into_subscription(self) -> Result<Subscription, String> {
        self.map_err(|error| error.to_string())?.into_subscription()
    }
}

/// What an evaluator may return: nothing, an [`Evaluation`], an `Option` of one, or a `Result` of those.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what an evaluator gives",
    label = "not an evaluator's result",
    note = "return `()`, `Evaluation`, `Option<Evaluation>`, or a `Result` of those whose error implements `Display`"
)]
pub trait IntoEvaluation {
    /// Turns it into an evaluation, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_evaluation(self) -> Result<Option<Evaluation>, String>;
}

impl IntoEvaluation for () {
    fn into_evaluation(self) -> Result<Option<Evaluation>, String> {
        Ok(None)
    }
}

impl IntoEvaluation for Evaluation {
    fn into_evaluation(self) -> Result<Option<Evaluation>, String> {
        Ok(Some(self))
    }
}

impl IntoEvaluation for Option<Evaluation> {
    fn into_evaluation(self) -> Result<Option<Evaluation>, String> {
        Ok(self)
    }
}

impl<T: IntoEvaluation, E: Display> IntoEvaluation for Result<T, E> {
    fn into_evaluation(self) -> Result<Option<Evaluation>, String> {
        self.map_err(|error| error.to_string())?.into_evaluation()
    }
}

/// What the batch form of an evaluator may return: a `Vec` with one element a turn, each what an evaluator may return, or
/// a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what the batch form of an evaluator gives",
    label = "expected one evaluation a turn",
    note = "return `Vec<Option<Evaluation>>`, or a `Result` of it whose error implements `Display`"
)]
pub trait IntoEvaluations {
    /// Turns it into evaluations in the order of the turns, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text; it counts for every turn.
    fn into_evaluations(self) -> Result<Evaluations, String>;
}

impl<T: IntoEvaluation> IntoEvaluations for Vec<T> {
    fn into_evaluations(self) -> Result<Evaluations, String> {
        Ok(self.into_iter().map(IntoEvaluation::into_evaluation).collect())
    }
}

impl<T: IntoEvaluations, E: Display> IntoEvaluations for Result<T, E> {
    fn into_evaluations(self) -> Result<Evaluations, String> {
        self.map_err(|error| error.to_string())?.into_evaluations()
    }
}

/// What a model handler may return: a [`ModelAnswer`] or one of its parts (text, JSON, media, vectors, tokens), alone or
/// in a `Result` with [`ModelError`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a model",
    label = "not a model's answer",
    note = "return `ModelAnswer`, `String`, `serde_json::Value`, `Media`, vectors or tokens, or a `Result` of those with `ModelError`"
)]
pub trait IntoModelAnswer {
    /// Turns it into an answer.
    ///
    /// # Errors
    /// The handler's own.
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError>;
}

impl IntoModelAnswer for ModelAnswer {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(self)
    }
}

impl IntoModelAnswer for String {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(ModelAnswer::text(self))
    }
}

impl IntoModelAnswer for Media {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(ModelAnswer::of_media([self]))
    }
}

impl IntoModelAnswer for Vec<Media> {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(ModelAnswer::of_media(self))
    }
}

impl IntoModelAnswer for Vec<Vec<f32>> {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(ModelAnswer::of_vectors(self))
    }
}

impl IntoModelAnswer for Vec<u32> {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(ModelAnswer::of_tokens(self))
    }
}

impl IntoModelAnswer for serde_json::Value {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        Ok(ModelAnswer::text(self.to_string()))
    }
}

impl<T: IntoModelAnswer> IntoModelAnswer for Result<T, ModelError> {
    fn into_model_answer(self) -> Result<ModelAnswer, ModelError> {
        self?.into_model_answer()
    }
}

/// What a hook, an event handler or the end of a service may return: nothing, or a `Result` of nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what this handler gives",
    label = "expected nothing",
    note = "return nothing, or `Result<(), E>` whose error implements `Display`"
)]
pub trait IntoDone {
    /// Turns it into done, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_done(self) -> Result<(), String>;
}

impl IntoDone for () {
    fn into_done(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Display> IntoDone for Result<(), E> {
    fn into_done(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

/// What a validate stage may say: a bool, or `Err(why)` for no.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a validate stage says",
    label = "expected yes or no",
    note = "return `bool`, or `Result<(), E>` whose error says why not"
)]
pub trait IntoValidity {
    /// Yes, or why not.
    ///
    /// # Errors
    /// Why not.
    fn into_validity(self) -> Result<(), String>;
}

impl IntoValidity for bool {
    fn into_validity(self) -> Result<(), String> {
        if self { Ok(()) } else { Err("it does not apply here".to_owned()) }
    }
}

impl<E: Display> IntoValidity for Result<(), E> {
    fn into_validity(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}

/// What `start` of a service may return: the service, alone or in a `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what `start` gives",
    label = "expected the service",
    note = "return `Self`, or `Result<Self, E>` whose error implements `Display`"
)]
pub trait IntoService<S> {
    /// The service, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_service(self) -> Result<S, String>;
}

impl<S> IntoService<S> for S {
    fn into_service(self) -> Result<S, String> {
        Ok(self)
    }
}

impl<S, E: Display> IntoService<S> for Result<S, E> {
    fn into_service(self) -> Result<S, String> {
        self.map_err(|error| error.to_string())
    }
}

/// What a storage adapter may return: a store, alone or in a `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a storage adapter gives",
    label = "expected a store",
    note = "return `Arc<dyn Store>`, or `Result<Arc<dyn Store>, E>` whose error implements `Display`"
)]
pub trait IntoStore {
    /// The store, or the error's text.
    ///
    /// # Errors
    /// The handler's own error as text.
    fn into_store(self) -> Result<Arc<dyn Store>, String>;
}

impl IntoStore for Arc<dyn Store> {
    fn into_store(self) -> Result<Arc<dyn Store>, String> {
        Ok(self)
    }
}

impl<T: IntoStore, E: Display> IntoStore for Result<T, E> {
    fn into_store(self) -> Result<Arc<dyn Store>, String> {
        self.map_err(|error| error.to_string())?.into_store()
    }
}
