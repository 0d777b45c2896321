//! Agents below `/mcp` of the listener, over streamable HTTP: `/mcp/{agent}`; `/mcp` is the agent of an address that has no other.
//! Some clients want addresses that end in `/mcp`, so `/mcp/{agent}/mcp` is an agent too.

use super::{
    handler::{Found, Session},
    who::Who,
};
use crate::Mcp;
use axum::{
    Extension, Router,
    extract::{Path, Request},
    response::{IntoResponse, Response},
    routing::any,
};
use galatea::{memory::Role, prelude::*};
use galatea_server::{Access, Directory, Ending, HttpServer, MountError, Part, SOURCE, Scope};
use rmcp::transport::{
    StreamableHttpServerConfig, StreamableHttpService,
    streamable_http_server::session::local::LocalSessionManager,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

/// What is mounted.
const PART: Part = Part {
    at: "/mcp",
    about: "The Model Context Protocol over streamable HTTP: /mcp/{agent}",
    router,
    openapi: None,
    errors: Some(refused),
};

#[on_load(plugin = Mcp)]
async fn mount(config: Config<Mcp>, server: Option<Service<HttpServer>>) -> Result<(), MountError> {
    match server {
        Some(server) if config.serve => server.mount(PART),
        _ => Ok(()),
    }
}

type Transport = StreamableHttpService<Session, LocalSessionManager>;

/// The transports of the agents of an address, each with its sessions.
#[derive(Default)]
struct Transports {
    by_agent: Mutex<BTreeMap<Uuid, Transport>>,
    ended: CancellationToken,
}

impl Drop for Transports {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

impl Transports {
    fn of(&self, agent: Uuid, directory: &Directory, ending: Ending) -> Transport {
        let mut by_agent = self.by_agent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transport) = by_agent.get(&agent) {
            return transport.clone();
        }
        by_agent.retain(|agent, _| directory.find(&agent.to_string()).is_some());
        let ended = self.ended.child_token();
        let told = ended.clone();
        tokio::spawn(async move {
            told.run_until_cancelled(ending.ended()).await;
            told.cancel();
        });
        let (directory, id) = (directory.clone(), agent);
        // The listener looks at hosts and origins itself.
        let config =
            StreamableHttpServerConfig::default().disable_allowed_hosts().with_cancellation_token(ended);
        let transport = StreamableHttpService::new(
            move || Ok(Session::new(Found::Listed(directory.clone(), id))),
            Arc::new(LocalSessionManager::default()),
            config,
        );
        by_agent.insert(agent, transport.clone());
        transport
    }
}

fn router(directory: Directory) -> Router {
    Router::new()
        .route("/", any(answer))
        .route("/{agent}", any(answer))
        .route("/{agent}/", any(answer))
        .route("/{agent}/mcp", any(answer))
        .layer(Extension(Arc::new(Transports::default())))
        .layer(Extension(directory))
}

async fn answer(
    Extension(directory): Extension<Directory>,
    Extension(transports): Extension<Arc<Transports>>,
    access: Access,
    ending: Ending,
    name: Option<Path<String>>,
    mut request: Request,
) -> Response {
    let agent = match chosen(&directory, &access, name.as_deref().map(String::as_str)) {
        Ok(agent) => agent,
        Err(error) => return refused(error),
    };
    let caller = match access.require(&agent, Role::Member, Scope::Chat) {
        Ok(caller) => caller,
        Err(error) => return refused(error),
    };
    let role = caller.roles.iter().copied().max().unwrap_or(Role::Guest);
    request.extensions_mut().insert(Who { source: SOURCE, name: access.name().to_owned(), role });
    let transport = transports.of(agent.id(), &directory, ending);
    match transport.oneshot(request).await {
        Ok(response) => response.map(axum::body::Body::new).into_response(),
        Err(never) => match never {},
    }
}

/// The agent of this name; without a name the only one that there is for the caller.
fn chosen(directory: &Directory, access: &Access, name: Option<&str>) -> Result<Agent, RouteError> {
    access.require_any(Role::Member, Scope::Chat)?;
    if let Some(name) = name {
        let missing = || RouteError::not_found(format!("there is no agent `{name}` here"));
        return directory.find(name).ok_or_else(missing);
    }
    match access.agents(directory, Role::Member, Scope::Chat)?.as_slice() {
        [only] => Ok(only.clone()),
        _ => {
            let why = "there are several agents here: write /mcp/ and the name of one";
            Err(RouteError::not_found(why))
        }
    }
}

/// A refusal in the form of the protocol.
fn refused(error: RouteError) -> Response {
    let message = error.to_string();
    let plain = error.into_response();
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32600, "message": message } });
    let mut response = (plain.status(), axum::Json(body)).into_response();
    for (name, value) in plain.headers() {
        if name != "content-type" && name != "content-length" {
            response.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response
}
