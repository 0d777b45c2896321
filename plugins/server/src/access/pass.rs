//! Connections that stay open: whoever holds one may do with it what they may do now, not what they could when it began.

use super::{Access, Scope, identify::by_proof};
use crate::{
    layers,
    listener::{Listener, Peer},
};
use galatea::{
    agent::Agent,
    definition::Plugin,
    extract::{Extract, ExtractError, Input, Invocation, kind},
    memory::Role,
    route::RouteError,
};
use std::sync::{Arc, Weak};

/// Who opened a connection, and where it can be asked whether they still may.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    access: Access,
    through: Option<(Weak<Listener>, Peer)>,
}

impl Pass {
    /// Whether they may still do this: tokens end and are revoked.
    pub(crate) async fn holds(&self, agent: &Agent, role: Role, scope: Scope) -> Result<(), RouteError> {
        let Some(listener) = self.listener() else { return Ok(()) };
        let Some(proof) = self.access.proof().cloned() else { return Ok(()) };
        let gone = || RouteError::unauthorized("the token is not valid any more");
        by_proof(&listener, proof).await?.ok_or_else(gone)?.require(agent, role, scope).map(drop)
    }

    /// The same for something that they ask for; it counts as a request.
    pub(crate) async fn admits(&self, agent: &Agent, role: Role, scope: Scope) -> Result<(), RouteError> {
        if let (Some(listener), Some((_, peer))) = (self.listener(), &self.through) {
            let caller = layers::Caller::of(&self.access, peer.0.ip());
            listener.rates().count(&caller).map_err(|(refused, _)| refused)?;
        }
        self.holds(agent, role, scope).await
    }

    fn listener(&self) -> Option<Arc<Listener>> {
        self.through.as_ref()?.0.upgrade()
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
