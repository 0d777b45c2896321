//! Parameters of model handlers and of event handlers.

use super::{Extract, ExtractError, Input, Invocation, kind, kind::extract_for};
use crate::{
    definition::Plugin,
    event::EventType,
    model::{ModelKind, ModelRequest, TextSink},
    service::kind::Media,
};
use std::{ops::Deref, sync::Arc};

/// The request that a model handler shall answer.
#[derive(Clone, Debug)]
pub struct Request(pub Arc<ModelRequest>);

impl Deref for Request {
    type Target = ModelRequest;

    fn deref(&self) -> &ModelRequest {
        &self.0
    }
}

extract_for!(for Request in [kind::ModelHandler], |invocation| match &invocation.input {
    Input::Request(request, ..) => Ok(Self(Arc::clone(request))),
    _ => Err(ExtractError::OutsideTurn("Request")),
});

/// Where a model handler sends the text of its answer while it is being made. Sending is optional; the answer counts.
#[derive(Clone, Debug)]
pub struct Chunks(pub TextSink);

impl Deref for Chunks {
    type Target = TextSink;

    fn deref(&self) -> &TextSink {
        &self.0
    }
}

extract_for!(for Chunks in [kind::ModelHandler], |invocation| match &invocation.input {
    Input::Request(_, sink, _) => Ok(Self(sink.clone())),
    _ => Err(ExtractError::OutsideTurn("Chunks")),
});

/// The kind that a model handler is asked for, where it serves several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedKind(pub ModelKind);

impl Deref for AskedKind {
    type Target = ModelKind;

    fn deref(&self) -> &ModelKind {
        &self.0
    }
}

extract_for!(for AskedKind in [kind::ModelHandler], |invocation| match &invocation.input {
    Input::Request(.., kind) => Ok(Self(kind.clone())),
    _ => Err(ExtractError::OutsideTurn("AskedKind")),
});

/// What a model handler is asked to look at or to listen to: the first thing that comes with the request. A request
/// without any is refused before the handler runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached(pub Media);

impl Deref for Attached {
    type Target = Media;

    fn deref(&self) -> &Media {
        &self.0
    }
}

extract_for!(for Attached in [kind::ModelHandler], |invocation| match &invocation.input {
    Input::Request(request, ..) => request.media().next().cloned().map(Self).ok_or_else(|| {
        ExtractError::Arguments("nothing is attached; give it with `ModelRequest::about`".to_owned())
    }),
    _ => Err(ExtractError::OutsideTurn("Attached")),
});

/// The event that an event handler listens to.
#[derive(Debug)]
pub struct Event<E>(pub Arc<E>);

impl<E> Deref for Event<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<P: Plugin, E: EventType> Extract<P, kind::On<E>> for Event<E> {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let Input::Event(event) = &invocation.input else {
            return Err(ExtractError::OutsideTurn("Event"));
        };
        Arc::clone(event)
            .into_any()
            .downcast()
            .map(Self)
            .map_err(|_| ExtractError::Other(format!("the event is not a `{}`", E::NAME)))
    }
}
