//! What is at which address.

use crate::{absent::absent, agents, channels, health, jobs, memory, runs, sessions};
use axum::{
    Router,
    routing::{delete, get, patch, post},
};
use galatea_server::Directory;

/// Answers below `/api`.
pub(crate) fn router(directory: Directory) -> Router {
    Router::new()
        .route("/agents", get(agents::list))
        .route("/agents/worlds", get(agents::worlds))
        .route("/agents/{agent}", get(agents::one))
        .route("/agents/{agent}/panels", get(agents::panels))
        .route("/agents/{agent}/runs", get(runs::list))
        .route("/agents/{agent}/runs/{run}", get(runs::one))
        .merge(memories("/memory/{agent}"))
        .merge(memories("/agents/{agent}"))
        .nest("/messaging", messaging())
        .route("/server/ping", get(health::ping))
        .route("/server/hello", get(health::hello))
        .route("/server/status", get(health::status))
        .route("/server/health", get(health::health))
        .fallback(absent)
        .method_not_allowed_fallback(absent)
        .with_state(directory)
}

fn memories(at: &str) -> Router<Directory> {
    Router::new()
        .route(&format!("{at}/memories"), get(memory::list))
        .route(&format!("{at}/memories/{{memory}}"), delete(memory::delete))
        .route(&format!("{at}/memories/all/{{room}}"), delete(memory::clear_room))
        .route(&format!("{at}/rooms"), get(memory::rooms).post(memory::create_room))
        .route(&format!("{at}/rooms/{{room}}"), get(memory::room))
        .route(&format!("{at}/rooms/{{room}}/memories"), get(memory::of_room))
}

fn messaging() -> Router<Directory> {
    Router::new()
        .route("/sessions", post(sessions::create).get(sessions::list))
        .route("/sessions/health", get(sessions::health))
        .route("/sessions/{session}", get(sessions::read).delete(sessions::delete))
        .route("/sessions/{session}/messages", get(sessions::messages).post(sessions::send))
        .route("/sessions/{session}/renew", post(sessions::renew))
        .route("/sessions/{session}/timeout", patch(sessions::timeout))
        .route("/sessions/{session}/heartbeat", post(sessions::heartbeat))
        .route("/jobs", post(jobs::create).get(jobs::list))
        .route("/jobs/health", get(jobs::health))
        .route("/jobs/{job}", get(jobs::one))
        .route("/message-server/current", get(channels::server))
        .route("/message-servers", get(channels::servers))
        .route("/message-servers/{server}/agents", get(channels::server_agents))
        .route("/message-servers/{server}/channels", get(channels::list))
        .route("/agents/{agent}/message-servers", get(channels::agent_servers))
        .route("/dm-channel", get(channels::direct))
        .route("/channels", post(channels::create))
        .route("/channels/{channel}/details", get(channels::details))
        .route("/channels/{channel}/participants", get(channels::participants))
        .route(
            "/channels/{channel}/messages",
            get(channels::messages).post(channels::post).delete(channels::clear),
        )
        .route("/channels/{channel}/messages/{message}", delete(channels::delete))
}
