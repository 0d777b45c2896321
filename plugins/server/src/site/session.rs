//! Signing in and out, and who one is.

use super::Through;
use crate::{
    Access,
    access::{by_token, is_own_page, session},
    listener::{Listener, Peer},
};
use axum::{
    Extension, Json,
    extract::rejection::JsonRejection,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use galatea::{memory::Role, route::RouteError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who one is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Session {
    /// Whether it is known who asks.
    signed_in: bool,
    /// What one is called here.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The highest role that one has with an agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// What one's token is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<&'static str>,
    /// What goes into the header `x-csrf-token` of every request but GET and HEAD; where there is a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
    /// The agents that one may know of.
    agents: Vec<Named>,
}

/// An agent by its name.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Named {
    /// Identifies it.
    id: Uuid,
    /// Its name.
    name: String,
}

impl Session {
    fn of(listener: &Listener, access: &Access) -> Self {
        let grants = access.grants();
        let signed_in = !grants.is_empty();
        let members = listener.members();
        let agents = members.iter().filter(|member| access.grant(member.agent.id()).is_some());
        let named = |member: &crate::listener::Member| Named {
            id: member.agent.id(),
            name: member.agent.character().name.clone(),
        };
        Self {
            signed_in,
            name: signed_in.then(|| access.name().to_owned()),
            role: grants.iter().map(|grant| grant.role).max(),
            scopes: access.scopes().into_iter().map(|scope| scope.name()).collect(),
            csrf: access.session().map(|session| session.csrf.clone()),
            agents: agents.map(named).collect(),
        }
    }
}

pub(super) async fn look(Extension(listener): Through, access: Access) -> Json<Session> {
    Json(Session::of(&listener, &access))
}

/// What one shows to sign in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// A token.
    token: String,
}

pub(super) async fn sign_in(
    Extension(listener): Through,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    shown: Result<Json<SignIn>, JsonRejection>,
) -> Result<Response, RouteError> {
    // A page of somebody else must not sign its visitors in as somebody.
    if !is_own_page(&headers, &listener.settings().cors) {
        return Err(RouteError::forbidden("this comes from a page of another origin").with_code("csrf"));
    }
    let Json(SignIn { token }) =
        shown.map_err(|rejection| RouteError::new(rejection.status(), rejection.body_text()))?;
    let access = by_token(&listener, token.trim(), peer).await?;
    let Some(proof) = access.proof().cloned() else {
        return Err(RouteError::unauthorized("this is no token"));
    };
    forget(&listener, &headers);
    let (secret, csrf) = listener.sessions().begin(proof)?;
    let Some(ticket) = listener.sessions().find(&secret) else {
        return Err(RouteError::internal("a session ended as it began"));
    };
    let session = Session::of(&listener, &access.in_session(ticket.key, csrf));
    with_cookie(Json(session).into_response(), session::set_cookie(Some(&secret), is_tls(&headers)))
}

pub(super) async fn sign_out(
    Extension(listener): Through,
    access: Access,
    headers: HeaderMap,
) -> Result<Response, RouteError> {
    // Who shows a cookie without what belongs to it is refused, and the session stays.
    if session::cookie(&headers).is_some_and(|secret| listener.sessions().find(&secret).is_some()) {
        access.known()?;
    }
    if let Some(session) = access.session() {
        listener.sessions().end(&session.key);
    }
    with_cookie(StatusCode::NO_CONTENT.into_response(), session::set_cookie(None, is_tls(&headers)))
}

/// Ends the session that a browser has: it begins another one.
fn forget(listener: &Listener, headers: &HeaderMap) {
    let before = session::cookie(headers).and_then(|secret| listener.sessions().find(&secret));
    if let Some(before) = before {
        listener.sessions().end(&before.key);
    }
}

fn with_cookie(mut response: Response, cookie: String) -> Result<Response, RouteError> {
    response.headers_mut().insert(header::SET_COOKIE, HeaderValue::try_from(cookie)?);
    Ok(response)
}

/// Whether a proxy says that the browser came over TLS.
fn is_tls(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}
