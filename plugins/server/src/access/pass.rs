//! Connections that stay open: whoever holds one may do with it what they may do now, not what they could when it began.

use super::{Access, Scope, identify::by_proof};
use crate::{
    event_stream, layers,
    listener::{Listener, Peer},
};
use axum::response::{Response, sse::Event};
use futures_util::{Stream, StreamExt, stream};
use galatea::{
    agent::Agent,
    definition::Plugin,
    extract::{Extract, ExtractError, Input, Invocation, kind},
    memory::Role,
    route::RouteError,
};
use serde_json::json;
use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

/// For so long it is not looked at again.
const FRESH: Duration = Duration::from_secs(1);

/// So often it is looked at where nothing is told.
const LOOK: Duration = Duration::from_secs(20);

/// Who opened a connection, and where it can be asked whether they still may.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    access: Access,
    through: Option<(Weak<Listener>, Peer)>,
}

impl Pass {
    /// The same for something that goes on for as long as they may do this.
    pub(crate) fn lasting(self, agent: Agent, role: Role, scope: Scope) -> Lasting {
        Lasting { pass: self, agent, role, scope, checked: Instant::now() }
    }

    /// Whether they may still do this: tokens and sessions end, and characters change.
    async fn holds(&self, agent: &Agent, role: Role, scope: Scope) -> Result<(), RouteError> {
        let Some(listener) = self.listener() else { return Ok(()) };
        // Who ends with the agent is told so.
        if listener.member(agent.id()).is_none() {
            return Ok(());
        }
        if self.access.session().is_some_and(|session| !listener.sessions().has(&session.key)) {
            return Err(RouteError::unauthorized("the session has ended"));
        }
        let now = match self.access.proof().cloned() {
            Some(proof) => {
                let gone = || RouteError::unauthorized("the token is not valid any more");
                by_proof(&listener, proof).await?.ok_or_else(gone)?
            }
            None => listener.members().anonymous().clone(),
        };
        now.require(agent, role, scope).map(drop)
    }

    /// The same for something that they ask for; it counts as a request.
    async fn admits(&self, agent: &Agent, role: Role, scope: Scope) -> Result<(), RouteError> {
        if let (Some(listener), Some((_, peer))) = (self.listener(), &self.through) {
            let caller = layers::Caller::of(&self.access, peer.0.ip());
            listener.rates().count(&caller).map_err(|(refused, _)| refused)?;
            if let Some(session) = self.access.session() {
                listener.sessions().touch(&session.key);
            }
        }
        self.holds(agent, role, scope).await
    }

    fn listener(&self) -> Option<Arc<Listener>> {
        self.through.as_ref()?.0.upgrade()
    }
}

/// What goes on for as long as somebody may have it.
#[derive(Debug)]
pub(crate) struct Lasting {
    pass: Pass,
    agent: Agent,
    role: Role,
    scope: Scope,
    checked: Instant,
}

impl Lasting {
    /// Whether they may still have it, as it was a second ago at most.
    pub(crate) async fn holds(&mut self) -> Result<(), RouteError> {
        if self.checked.elapsed() < FRESH {
            return Ok(());
        }
        self.pass.holds(&self.agent, self.role, self.scope).await?;
        self.checked = Instant::now();
        Ok(())
    }

    /// Whether they may ask for something more; it counts as a request.
    pub(crate) async fn admits(&mut self) -> Result<(), RouteError> {
        self.pass.admits(&self.agent, self.role, self.scope).await?;
        self.checked = Instant::now();
        Ok(())
    }

    /// The events, for as long as that holds; then why not, as an event `refused`.
    pub(crate) fn events(self, events: impl Stream<Item = Event> + Send + 'static) -> Response {
        let state = Some((Box::pin(events), self));
        event_stream(stream::unfold(state, |state| async move {
            let (mut events, mut lasting) = state?;
            loop {
                // Who is told nothing does not keep a connection open either.
                let next = tokio::time::timeout(LOOK, events.next()).await;
                if let Err(error) = lasting.holds().await {
                    let told = json!({ "code": error.code(), "message": error.message() });
                    return Some((Event::default().event("refused").data(told.to_string()), None));
                }
                if let Ok(event) = next {
                    return Some((event?, Some((events, lasting))));
                }
            }
        }))
    }
}

impl<P: Plugin> Extract<P, kind::Route> for Pass {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let Input::Route(request) = &invocation.input else {
            return Ok(Self { access: Access::nobody(None), through: None });
        };
        let through = request.noted::<Arc<Listener>>().zip(request.noted::<Peer>());
        Ok(Self {
            access: request.noted::<Access>().cloned().unwrap_or_else(|| Access::nobody(None)),
            through: through.map(|(listener, peer)| (Arc::downgrade(listener), *peer)),
        })
    }
}
