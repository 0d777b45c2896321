//! The way of a request.

use super::{Ending, Listener};
use crate::{
    Directory, Server,
    access::{self, Access},
    site,
};
use axum::{
    Extension,
    extract::{FromRequestParts, Request},
    http::{Uri, request::Parts},
    response::{IntoResponse, Response},
};
use galatea::{definition::Plugin, route::RouteError};
use std::{convert::Infallible, net::SocketAddr, sync::Arc};
use tower::ServiceExt;

/// Where the resources of agents are.
const RESOURCES: &str = "/api/v1/agents/";

/// Where the routes of plugins are.
const ROUTES: &str = "/agents/";

/// What was asked for, with the prefix of the part that answers: an extractor of axum's handlers.
#[derive(Clone, Debug)]
pub struct Whole(pub Uri);

impl<S: Send + Sync> FromRequestParts<S> for Whole {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(|| Self(parts.uri.clone())))
    }
}

/// Answers a request.
pub(super) async fn answer(
    listener: Arc<Listener>,
    peer: SocketAddr,
    request: Request,
) -> Result<Response, Infallible> {
    let (mut parts, body) = request.into_parts();
    let access = access::identify(&listener, &parts, peer).await;
    parts.extensions.insert(access.clone());
    parts.extensions.insert(Ending { listener: listener.ending().clone(), agent: None });
    let request = Request::from_parts(parts, body);
    Ok(dispatch(listener, access, request).await)
}

/// Gives a request to what answers its path.
async fn dispatch(listener: Arc<Listener>, access: Access, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if let Some(rest) = path.strip_prefix(RESOURCES).filter(|rest| !rest.is_empty()) {
        let (agent, rest) = split(rest);
        return to_agent(&listener, &access, agent, &format!("/{}{rest}", Server::NAME), request).await;
    }
    if let Some(rest) = path.strip_prefix(ROUTES) {
        let (agent, rest) = split(rest);
        if is_own(rest) {
            return missing(&path).into_response();
        }
        return to_agent(&listener, &access, agent, rest, request).await;
    }
    if !path.starts_with("/api/v1")
        && let Some((part, router)) = listener.part_of(&path)
    {
        let below = part.below(&path).unwrap_or("/").to_owned();
        return call(router, &below, request).await;
    }
    let router = site::router().layer(Extension(listener));
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// The name of an agent and what comes after it.
fn split(rest: &str) -> (&str, &str) {
    rest.find('/').map_or((rest, ""), |at| rest.split_at(at))
}

/// Whether a path below an agent is that of the plugin whose routes are resources, and elsewhere.
fn is_own(rest: &str) -> bool {
    let plugin = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
    plugin == Server::NAME
}

pub(crate) fn missing(path: &str) -> RouteError {
    RouteError::not_found(format!("there is nothing at {path}"))
}

/// Gives a request to the routes of an agent.
async fn to_agent(
    listener: &Arc<Listener>,
    access: &Access,
    agent: &str,
    path: &str,
    mut request: Request,
) -> Response {
    let name = site::decoded(agent);
    let Some(agent) = Directory::of(Arc::downgrade(listener), None).find(&name) else {
        // Who is nobody is not told which agents there are.
        let error = access.known().err().unwrap_or_else(|| {
            RouteError::not_found(format!("there is no agent `{name}` here")).with_code("no-agent")
        });
        return error.into_response();
    };
    let Some(member) = listener.member(agent.id()) else {
        return RouteError::unavailable("the agent is ending").into_response();
    };
    request.extensions_mut().insert(Ending { listener: listener.ending().clone(), agent: Some(member.gone) });
    call(member.routes, path, request).await
}

/// Calls a router with another path; [`Whole`] tells the one that was asked for.
async fn call(router: axum::Router, path: &str, mut request: Request) -> Response {
    let asked = request.uri().clone();
    let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
    match Uri::try_from(format!("{path}{query}")) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(error) => return RouteError::bad_request(error.to_string()).into_response(),
    }
    request.extensions_mut().insert(Whole(asked));
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}
