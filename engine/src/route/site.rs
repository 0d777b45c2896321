//! The router of an agent: every route of every loaded plugin, as they are when a request comes.

use super::{
    Answer, Authenticate, Caller, Knock, RouteError, RouteRequest, error::Untold, folder, pattern::mounts,
};
use crate::{
    agent::{Agent, RegisteredRoute},
    definition::{HandlerError, RouteDef, RouteMethod},
    extract::{ExtractError, Input, Invocation},
    memory::Role,
    turn::{Failure, guarded},
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{Extensions, HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use std::{
    convert::Infallible,
    sync::{Arc, PoisonError, RwLock},
};
use tower::ServiceExt;

/// What serves the routes of an agent.
#[derive(Debug)]
struct Site {
    agent: Agent,
    authenticator: Option<Arc<dyn Authenticate>>,
    built: RwLock<Option<Built>>,
}

/// The routes as they were when they were last looked at.
#[derive(Clone, Debug)]
struct Built {
    routes: Arc<Vec<RegisteredRoute>>,
    router: Router,
}

/// Travels with a request from the site to its route.
#[derive(Clone)]
struct Serving {
    /// The agent as it was when the request came.
    agent: Agent,
    site: Arc<Site>,
    /// What other layers noted on the request.
    noted: Extensions,
}

impl Agent {
    /// The routes of every plugin, those of plugin `weather` below `/weather`, for a server to mount. It follows
    /// what is loaded and unloaded later. Callers are not known: only public routes answer.
    ///
    /// What other layers noted on a request, its extensions, reaches the routes by
    /// [`RouteRequest::noted`] only.
    pub fn router(&self) -> Router {
        site(self.live(), None)
    }

    /// The same, for callers that an authenticator knows.
    pub fn router_with(&self, authenticator: impl Authenticate) -> Router {
        site(self.live(), Some(Arc::new(authenticator)))
    }
}

fn site(agent: Agent, authenticator: Option<Arc<dyn Authenticate>>) -> Router {
    let site = Arc::new(Site { agent, authenticator, built: RwLock::new(None) });
    Router::new().fallback(move |request| {
        let site = Arc::clone(&site);
        async move { site.answer(request).await }
    })
}

impl Site {
    async fn answer(self: Arc<Self>, mut request: Request) -> Response {
        let Some(_busy) = self.agent.busy() else {
            return RouteError::unavailable("the agent is ending").into_response();
        };
        // Whatever is changed meanwhile, a request ends on the plugins that it began with.
        let agent = self.agent.pin();
        let router = self.router_of(&agent.parts().routes);
        // The parameters of a path in which this router is nested would be taken for those of the route.
        let noted = std::mem::take(request.extensions_mut());
        request.extensions_mut().insert(Serving { agent, site: self, noted });
        router.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {})
    }

    /// The router of these routes: the one that is there, or a new one if they have changed.
    fn router_of(&self, routes: &Arc<Vec<RegisteredRoute>>) -> Router {
        let built = self.built.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(built) = built.filter(|built| Arc::ptr_eq(&built.routes, routes)) {
            return built.router;
        }
        let router = build(routes);
        let built = Built { routes: Arc::clone(routes), router: router.clone() };
        *self.built.write().unwrap_or_else(PoisonError::into_inner) = Some(built);
        router
    }

    /// Who calls, if that one may.
    async fn admit(
        &self,
        def: &RouteDef,
        headers: &HeaderMap,
        noted: &Extensions,
    ) -> Result<Option<Caller>, RouteError> {
        let Some(authenticator) = &self.authenticator else {
            let hint = "this server knows no callers, so only public routes answer; serve the agent with an authenticator, or mark the route `public`";
            return if def.public { Ok(None) } else { Err(RouteError::unauthorized(hint)) };
        };
        let caller = authenticator.admit(Knock { route: def, headers, noted }).await;
        if def.public {
            return Ok(caller.unwrap_or_else(|refused| {
                tracing::debug!(route = def.name, "a caller is not known: {refused}");
                None
            }));
        }
        let caller = caller?.ok_or_else(|| RouteError::unauthorized("say who you are"))?;
        let wanted = || def.roles.iter().filter_map(|name| Role::from_name(name));
        if !def.roles.is_empty() && !wanted().any(|role| caller.has(role)) {
            return Err(RouteError::forbidden(format!("this is for {} only", def.roles.join(", "))));
        }
        if let Some(scope) = def.scope.filter(|scope| !caller.has_scope(scope)) {
            return Err(RouteError::forbidden(format!(
                "your token is not for this; it needs the scope `{scope}`"
            )));
        }
        Ok(Some(caller))
    }
}

fn build(routes: &[RegisteredRoute]) -> Router {
    let mut router = Router::new();
    for &route in routes {
        for path in mounts(route.plugin.name, route.def) {
            let serve = move |request: Request| serve(route, request);
            router = router.route(&path, on(filter(route.def.method), serve));
        }
    }
    let missing =
        |uri: Uri| async move { RouteError::not_found(format!("there is no route {}", uri.path())) };
    let wrong_method = |request: Request| async move {
        let (method, path) = (request.method(), request.uri().path());
        RouteError::new(StatusCode::METHOD_NOT_ALLOWED, format!("{path} does not answer {method}"))
    };
    router.fallback(missing).method_not_allowed_fallback(wrong_method)
}

const fn filter(method: RouteMethod) -> MethodFilter {
    match method {
        RouteMethod::Get | RouteMethod::Static => MethodFilter::GET,
        RouteMethod::Post => MethodFilter::POST,
        RouteMethod::Put => MethodFilter::PUT,
        RouteMethod::Patch => MethodFilter::PATCH,
        RouteMethod::Delete => MethodFilter::DELETE,
    }
}

/// Answers a request, whatever happens on the way.
async fn serve(route: RegisteredRoute, mut request: Request) -> Response {
    let def = route.def;
    let Some(serving) = request.extensions_mut().remove::<Serving>() else {
        return RouteError::internal("the request did not come through the agent's router").into_response();
    };
    let answer = match guarded(def.timeout, respond(&serving, route, request)).await {
        Ok(answer) => answer,
        Err(Failure::Timeout(limit)) => {
            tracing::warn!(plugin = def.plugin, route = def.name, "took longer than {limit:?}");
            let why = format!("this took longer than {limit:?} and was stopped");
            Err(RouteError::new(StatusCode::GATEWAY_TIMEOUT, why))
        }
        Err(failure) => Err(RouteError::internal(failure.to_string())),
    };
    let mut response = answer.into_response();
    if let Some(Untold(why)) = response.extensions_mut().remove() {
        tracing::error!(plugin = def.plugin, route = def.name, "{why}");
    }
    response
}

async fn respond(
    serving: &Serving,
    route: RegisteredRoute,
    mut request: Request,
) -> Result<Response, RouteError> {
    let RegisteredRoute { plugin, def } = route;
    let caller = serving.site.admit(def, request.headers(), &serving.noted).await?;
    DefaultBodyLimit::max(def.body).apply(&mut request);
    let request = Arc::new(RouteRequest::new(request, caller).with_noted(serving.noted.clone()));
    let agent = serving.agent.clone();
    let invocation =
        Invocation { input: Input::Route(Arc::clone(&request)), ..Invocation::of(agent, plugin) };
    match (def.call)(&invocation).await {
        Ok(Answer::Response(response)) => Ok(response),
        Ok(Answer::Folder(folder)) => {
            folder::serve(&serving.agent.base().join(folder), request.parts().clone()).await
        }
        Err(HandlerError::Extract(ExtractError::Refused(refused))) => Err(refused),
        Err(other) => Err(RouteError::internal(other.to_string())),
    }
}
