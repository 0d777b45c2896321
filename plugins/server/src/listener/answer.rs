//! The way of a request.

use super::{Ending, Listener};
use crate::{
    Directory, Part, Server,
    access::{self, Access},
    layers::{self, Cors, Form, Seen},
    part::OWN,
    site,
};
use axum::{
    Router,
    extract::{FromRequestParts, Request},
    http::{Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use galatea::{definition::Plugin, route::RouteError};
use std::{convert::Infallible, net::SocketAddr, sync::Arc};
use tower::ServiceExt;
use tracing::Instrument;

/// Where the resources of agents are.
const RESOURCES: &str = "/api/v1/agents/";

/// Where the routes of plugins are.
const ROUTES: &str = "/agents/";

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

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
    let seen = Seen::of(&request, peer);
    let mounted = part_of(&listener, request.uri().path());
    let part = mounted.as_ref().map(|(part, _)| *part);
    let span = seen.span(route_of(request.uri().path(), part), request.headers());
    let answered = async {
        let cors = Cors::of(&listener.settings().cors, request.headers());
        let form = Form::of(&request, part);
        let is_ours = part.is_none();
        let (caller, response) = match cors.preflight(&request) {
            Some(told) => ("a page".to_owned(), told.unwrap_or_else(|refused| form.refuse(refused))),
            None => around(&listener, peer, mounted, request, &form).await,
        };
        let ending = response.extensions().get::<Ending>().cloned();
        let mut response = match ending {
            Some(ending) => layers::with_end(response, ending, is_ours),
            None => response,
        };
        let status = response.status();
        let headers = response.headers_mut();
        cors.tell(headers);
        layers::secure(headers);
        seen.answered(&caller, status, headers);
        response
    };
    Ok(answered.instrument(span).await)
}

/// Finds out who calls, counts it, and has it answered. Gives the caller's name too.
async fn around(
    listener: &Arc<Listener>,
    peer: SocketAddr,
    mounted: Option<(Part, Router)>,
    request: Request,
    form: &Form,
) -> (String, Response) {
    let (mut parts, body) = request.into_parts();
    let access = access::identify(listener, &parts, peer).await;
    let name = access.name().to_owned();
    if let Err((refused, wait)) = listener.rates().count(&layers::Caller::of(&access, peer.ip())) {
        let mut response = form.refuse(refused);
        response.headers_mut().insert(header::RETRY_AFTER, layers::seconds(wait).into());
        return (name, response);
    }
    let ending = Ending { listener: listener.ending().clone(), agent: None };
    parts.extensions.insert(access.clone());
    parts.extensions.insert(Peer(peer));
    parts.extensions.insert(Arc::clone(listener));
    parts.extensions.insert(ending.clone());
    let answered = async {
        let request = layers::limited(Request::from_parts(parts, body), listener.settings().body_limit)?;
        layers::guarded(dispatch(Arc::clone(listener), access, mounted, request)).await
    };
    let mut response = match answered.await {
        Ok(response) => form.complete(response),
        Err(refused) => form.refuse(refused),
    };
    if response.extensions().get::<Ending>().is_none() {
        response.extensions_mut().insert(ending);
    }
    (name, response)
}

/// What a path is counted as: there are few of these, whatever is asked for.
fn route_of(path: &str, part: Option<Part>) -> &'static str {
    match part {
        Some(part) => part.at,
        None if path.starts_with(RESOURCES) => "/api/v1/agents/{agent}",
        None if path.starts_with(ROUTES) => "/agents/{agent}",
        None if path.starts_with("/api/v1") => "/api/v1",
        None if path == "/metrics" => "/metrics",
        None => "/",
    }
}

/// The part that answers a path, if a part does.
fn part_of(listener: &Listener, path: &str) -> Option<(Part, Router)> {
    let is_own = OWN
        .iter()
        .any(|own| path == *own || path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')));
    if is_own { None } else { listener.part_of(path) }
}

/// Gives a request to what answers its path.
async fn dispatch(
    listener: Arc<Listener>,
    access: Access,
    mounted: Option<(Part, Router)>,
    request: Request,
) -> Response {
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
    if let Some((part, router)) = mounted {
        let below = part.below(&path).unwrap_or("/").to_owned();
        return call(router, &below, request).await;
    }
    site::router().oneshot(request).await.unwrap_or_else(|never| match never {})
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
    let ending = Ending { listener: listener.ending().clone(), agent: Some(member.gone) };
    request.extensions_mut().insert(ending.clone());
    let mut response = call(member.routes, path, request).await;
    response.extensions_mut().insert(ending);
    response
}

/// Calls a router with another path; [`Whole`] tells the one that was asked for.
async fn call(router: Router, path: &str, mut request: Request) -> Response {
    let asked = request.uri().clone();
    let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
    match Uri::try_from(format!("{path}{query}")) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(error) => return RouteError::bad_request(error.to_string()).into_response(),
    }
    request.extensions_mut().insert(Whole(asked));
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}
