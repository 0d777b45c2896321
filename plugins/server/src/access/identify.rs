//! Finds out who sends a request, before anything answers.

use super::{ANONYMOUS, Access, Grant, anonymous::is_local};
use crate::{Anonymous, listener::Listener};
use axum::http::request::Parts;
use std::net::SocketAddr;

/// Who sends a request.
pub(crate) async fn identify(listener: &Listener, parts: &Parts, peer: SocketAddr) -> Access {
    anonymous(listener, parts, peer)
}

/// Who has no token: the owner, if that one sits at this machine and the character allows it.
fn anonymous(listener: &Listener, parts: &Parts, peer: SocketAddr) -> Access {
    if !is_local(parts, peer, listener.address(), &listener.settings().cors) {
        return Access::nobody(None);
    }
    let members = listener.members();
    let open = members.iter().filter(|member| member.settings.anonymous == Anonymous::Loopback);
    Access::new(ANONYMOUS, open.map(|member| Grant::owner(member.agent.id())).collect())
}
