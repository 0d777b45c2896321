//! One unbroken stretch of a connection: the handshake, the lists, then news until it ends.

#![allow(deprecated, reason = "logging and subscriptions leave the protocol; servers of today use them")]

use super::{
    connection::{Catalog, Connection},
    contents_text,
    handler::Handler,
    http,
    stdio::{self, Program},
};
use crate::settings::Way;
use rmcp::{
    RoleClient, ServiceExt,
    model::{
        ClientRequest, ContentBlock, EmbeddedResource, LoggingLevel, PaginatedRequestParams, PingRequest,
        ReadResourceRequestParams, ServerCapabilities, SetLevelRequestParams, SubscribeRequestParams,
    },
    service::{Peer, RunningService, ServiceError},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How long the handshake, and each list, may take.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// How long the end of a connection may take; a program has some time more.
const FAREWELL: Duration = Duration::from_secs(5);

/// How often a silent server is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(60);

/// The time between two lists, at least.
const BETWEEN_LISTS: Duration = Duration::from_millis(200);

/// So many times it may not answer while it has nothing to do.
const MOST_SILENCE: u32 = 3;

/// The most pages of a list that are read.
const MOST_PAGES: usize = 50;

/// The most tools of a server that are offered.
const MOST_TOOLS: usize = 500;

/// Connects and stays connected; ends well only when `ended`, else with why. `tried` is told when all is offered.
pub(super) async fn run(
    connection: &Arc<Connection>,
    ended: &CancellationToken,
    tried: &Notify,
) -> Result<(), String> {
    let (service, program) = tokio::select! {
        biased;
        () = ended.cancelled() => return Ok(()),
        service = connect(connection) => service?,
    };
    let (peer, token) = (service.peer().clone(), service.cancellation_token());
    let mut waiting = Box::pin(service.waiting());
    connection.up(peer.clone());
    let outcome = tokio::select! {
        biased;
        () = ended.cancelled() => Ok(()),
        _ = &mut waiting => {
            let last = program.and_then(|program| program.last()).map(|line| format!("; it said: {line}"));
            return Err(format!("the server ended the connection{}", last.unwrap_or_default()));
        }
        why = follow(connection, &peer, tried) => Err(why),
    };
    token.cancel();
    if tokio::time::timeout(FAREWELL, waiting).await.is_err() {
        tracing::warn!(server = connection.name, "its connection did not end in time and is abandoned");
    }
    if let Some(program) = program {
        program.end().await;
    }
    outcome
}

/// A service with the program that it talks to, if it is one.
type Connected = (RunningService<RoleClient, Handler>, Option<Program>);

async fn connect(connection: &Arc<Connection>) -> Result<Connected, String> {
    let handler = Handler::new(Arc::clone(connection));
    let (served, program) = match &connection.way {
        Way::Program(program) => {
            let (program, streams) = stdio::start(connection, program)?;
            (tokio::time::timeout(HANDSHAKE, handler.serve(streams)).await, Some(program))
        }
        Way::Url(url) => {
            let transport = http::transport(connection, url)?;
            (tokio::time::timeout(HANDSHAKE, handler.serve(transport)).await, None)
        }
    };
    let why = match served {
        Ok(Ok(service)) => return Ok((service, program)),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no handshake within {HANDSHAKE:?}"),
    };
    let last = program.and_then(|program| program.last()).map(|line| format!("; it said: {line}"));
    Err(format!("{why}{}", last.unwrap_or_default()))
}

/// Lists what the server has, and again whenever it says that it changed; gives why it cannot go on.
async fn follow(connection: &Arc<Connection>, peer: &Peer<RoleClient>, tried: &Notify) -> String {
    let info = peer.peer_info();
    let can = info.as_ref().map(|info| info.capabilities.clone()).unwrap_or_default();
    let instructions = info.and_then(|info| info.instructions.clone());
    if can.logging.is_some() {
        // A server that cannot is none the worse for it.
        drop(within(peer.set_level(SetLevelRequestParams::new(LoggingLevel::Info))).await);
    }
    let mut silence = 0;
    loop {
        if let Err(why) = list(connection, peer, &can, instructions.clone()).await {
            return why;
        }
        tried.notify_one();
        loop {
            tokio::select! {
                biased;
                () = connection.changed.notified() => {
                    // A server that says so without end is not asked without end.
                    tokio::time::sleep(BETWEEN_LISTS).await;
                    break;
                }
                () = connection.updated.notified() => {
                    tokio::time::sleep(BETWEEN_LISTS).await;
                    pin(connection, peer, false).await;
                    continue;
                }
                () = connection.means.clock.sleep(PING_EVERY) => {}
            }
            match within(peer.send_request(ClientRequest::PingRequest(PingRequest::default()))).await {
                Err(Lost::Silent) if connection.calls.load(Ordering::Relaxed) > 0 => {}
                Err(Lost::Silent) => silence += 1,
                Err(Lost::Broken(why)) => return why,
                Ok(_) | Err(Lost::Refused(_)) => silence = 0,
            }
            if silence == MOST_SILENCE {
                return format!("it did not answer {MOST_SILENCE} times");
            }
        }
    }
}

/// Why an answer did not come.
enum Lost {
    /// Not in time.
    Silent,
    /// The connection broke.
    Broken(String),
    /// The server says no.
    Refused(String),
}

async fn within<T>(answer: impl Future<Output = Result<T, ServiceError>>) -> Result<T, Lost> {
    match tokio::time::timeout(HANDSHAKE, answer).await {
        Err(_) => Err(Lost::Silent),
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(ServiceError::McpError(error))) => Err(Lost::Refused(error.message.into_owned())),
        Ok(Err(error)) => Err(Lost::Broken(error.to_string())),
    }
}

/// Reads a list page by page; a list that is refused is an empty one.
macro_rules! all_pages {
    ($connection:expr, $peer:expr, $method:ident, $field:ident) => {{
        let (mut all, mut cursor) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let params = PaginatedRequestParams::default().with_cursor(cursor.take());
            match within($peer.$method(Some(params))).await {
                Ok(page) => {
                    all.extend(page.$field);
                    cursor = page.next_cursor;
                }
                Err(Lost::Refused(why)) => {
                    tracing::warn!(server = $connection.name, list = stringify!($method), "refused: {why}");
                }
                Err(Lost::Silent) => return Err(format!("no answer to {} in time", stringify!($method))),
                Err(Lost::Broken(why)) => return Err(why),
            }
            if cursor.is_none() {
                break;
            }
        }
        all
    }};
}

/// Lists what the server has.
async fn list(
    connection: &Arc<Connection>,
    peer: &Peer<RoleClient>,
    can: &ServerCapabilities,
    instructions: Option<String>,
) -> Result<(), String> {
    if can.tools.is_some() {
        let mut tools = all_pages!(connection, peer, list_tools, tools);
        if tools.len() > MOST_TOOLS {
            tracing::warn!(server = connection.name, "of its {} tools {MOST_TOOLS} are offered", tools.len());
            tools.truncate(MOST_TOOLS);
        }
        connection.offer(tools).await;
    }
    let mut catalog = Catalog { instructions, ..Catalog::default() };
    if can.prompts.is_some() {
        catalog.prompts = all_pages!(connection, peer, list_prompts, prompts);
    }
    if let Some(resources) = &can.resources {
        catalog.resources = all_pages!(connection, peer, list_resources, resources);
        catalog.templates = all_pages!(connection, peer, list_resource_templates, resource_templates);
        connection.has(catalog);
        pin(connection, peer, resources.subscribe == Some(true)).await;
    } else {
        connection.has(catalog);
    }
    Ok(())
}

/// Reads the resources that the agent always sees and that are not known; `subscribes` asks to be told when they change.
async fn pin(connection: &Arc<Connection>, peer: &Peer<RoleClient>, subscribes: bool) {
    let known = connection.pinned();
    for uri in connection.settings.resources.iter().filter(|uri| !known.contains_key(*uri)) {
        if subscribes {
            drop(within(peer.subscribe(SubscribeRequestParams::new(uri.clone()))).await);
        }
        let updates = connection.updates();
        match within(peer.send_request(read(uri))).await {
            Ok(rmcp::model::ServerResult::ReadResourceResult(read)) => {
                let blocks = read.contents.into_iter();
                let blocks = blocks.map(|contents| ContentBlock::Resource(EmbeddedResource::new(contents)));
                connection.pin(uri.clone(), contents_text(blocks), updates);
            }
            Err(Lost::Refused(why)) => {
                tracing::warn!(server = connection.name, uri, "cannot be read: {why}");
            }
            _ => tracing::warn!(server = connection.name, uri, "cannot be read"),
        }
    }
}

/// The request for a resource.
fn read(uri: &str) -> ClientRequest {
    ClientRequest::ReadResourceRequest(rmcp::model::ReadResourceRequest::new(ReadResourceRequestParams::new(
        uri,
    )))
}
