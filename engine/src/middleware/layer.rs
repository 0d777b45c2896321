//! What authors implement: a tower layer, or a function.

use super::{Answered, Call, CallError, Handler, Outcome};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::{
    future::Future,
    task::{Context, Poll},
};
use tower::{Layer, Service, ServiceExt};

/// A layer around parts. Implemented by every [`tower::Layer`] whose service takes a [`Call`], gives an
/// [`Outcome`], can be cloned, and fails with what can become a [`CallError`], as the errors of tower's own
/// layers can.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a middleware",
    label = "expected a `tower::Layer<Handler>`",
    note = "its service is a `Service<Call, Response = Outcome>` that is `Clone + Send + Sync` and whose error can become a `CallError`",
    note = "a function that hides its type says so: `fn audit(settings: AuditSettings) -> impl Middleware`; `middleware::from_fn(|call, next| async move {{ next.run(call).await }})` makes a layer of a function"
)]
pub trait Middleware: Send + Sync + 'static {
    /// The part, with this layer around it.
    fn wrap(&self, inner: Handler) -> Handler;
}

#[diagnostic::do_not_recommend]
impl<L> Middleware for L
where
    L: Layer<Handler> + Send + Sync + 'static,
    L::Service: Service<Call, Response = Outcome> + Clone + Send + Sync + 'static,
    <L::Service as Service<Call>>::Error: Into<CallError> + 'static,
    <L::Service as Service<Call>>::Future: Send + 'static,
{
    fn wrap(&self, inner: Handler) -> Handler {
        Handler::new(self.layer(inner).map_err(Into::into))
    }
}

/// What the settings of a middleware are: a struct that can be read from a character, described, and left out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the settings of a middleware",
    label = "needs `Deserialize`, `JsonSchema` and `Default`",
    note = "derive them: `#[derive(Default, Deserialize, JsonSchema)] #[serde(default, deny_unknown_fields, rename_all = \"kebab-case\")] struct {Self} {{ … }}`"
)]
pub trait Settings: DeserializeOwned + JsonSchema + Default + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Default + Send + 'static> Settings for T {}

/// What is below a layer: the next one, or the part itself.
#[derive(Clone, Debug)]
pub struct Next(Handler);

impl Next {
    /// Passes a call on. May be called more than once, or not at all.
    ///
    /// # Errors
    /// What the part failed with, or a layer around it.
    pub async fn run(&self, call: Call) -> Answered {
        self.0.clone().oneshot(call).await
    }
}

/// A middleware out of a function: it gets the call and what is below it, and gives the outcome.
///
/// ```
/// use galatea::middleware::{Middleware, from_fn};
///
/// fn slow_is_told() -> impl Middleware {
///     from_fn(|call, next| async move {
///         let (part, begun) = (call.part, std::time::Instant::now());
///         let outcome = next.run(call).await;
///         if begun.elapsed().as_secs() > 1 {
///             tracing::warn!("{} {} was slow", part.kind, part.name);
///         }
///         outcome
///     })
/// }
/// # let _ = slow_is_told();
/// ```
pub const fn from_fn<F, R>(run: F) -> FromFn<F>
where
    F: Fn(Call, Next) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Answered> + Send + 'static,
{
    FromFn(run)
}

/// The layer that [`from_fn`] makes.
#[derive(Clone, Copy, Debug)]
pub struct FromFn<F>(F);

impl<F: Clone> Layer<Handler> for FromFn<F> {
    type Service = FromFnService<F>;

    fn layer(&self, inner: Handler) -> Self::Service {
        FromFnService { run: self.0.clone(), next: Next(inner) }
    }
}

/// The service of [`FromFn`].
#[derive(Clone, Debug)]
pub struct FromFnService<F> {
    run: F,
    next: Next,
}

impl<F, R> Service<Call> for FromFnService<F>
where
    F: Fn(Call, Next) -> R,
    R: Future<Output = Answered>,
{
    type Response = Outcome;
    type Error = CallError;
    type Future = R;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        // The next one is waited for when it is run, if it is run at all.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> R {
        (self.run)(call, self.next.clone())
    }
}
