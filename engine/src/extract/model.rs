//! Parameters of model handlers and of event handlers.

use super::{Extract, ExtractError, Input, Invocation, kind, kind::extract_for};
use crate::{
    definition::Plugin,
    event::EventType,
    model::{ModelRequest, TextSink},
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
    Input::Request(request, _) => Ok(Self(Arc::clone(request))),
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
    Input::Request(_, sink) => Ok(Self(sink.clone())),
    _ => Err(ExtractError::OutsideTurn("Chunks")),
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
