//! A WebSocket: several rooms over one connection.
//!
//! Here is who may open one and what is said over it; `session` is one connection, `followed` the turns that it tells.

mod followed;
mod session;

use super::who::Who;
use crate::{Ending, Scope, Server, Settings, access::Pass};
use axum::extract::ws::WebSocketUpgrade;
use galatea::{
    memory::Role,
    prelude::*,
    route::{HeaderMap, Response, StatusCode, header},
};
use serde::Deserialize;
use session::Session;
use uuid::Uuid;

/// The largest frame that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
enum Asked {
    /// A message for a room.
    Send {
        room: String,
        text: String,
        /// The same id is the same message, as the header `idempotency-key`; what is told of it names it.
        #[serde(default)]
        id: Option<String>,
    },
    /// Every turn of a room from now on, and what is said there.
    Subscribe { room: Uuid },
    /// No more of that.
    Unsubscribe { room: Uuid },
    /// The end of a run.
    Cancel { run: Uuid },
}

/// Opens a WebSocket. The client sends `{"type": "send", "room", "text", "id"?}`, `{"type": "subscribe", "room"}`,
/// `{"type": "unsubscribe", "room"}` and `{"type": "cancel", "run"}`; it is sent `accepted`, the events of turns as server-sent
/// events have them, each with `type`, `room` and `run`, and `error`.
#[route(GET, "/ws", roles("member"), scope = "chat")]
pub(crate) async fn open_socket(
    agent: Agent,
    caller: Caller,
    config: Config<Server>,
    headers: HeaderMap,
    pass: Pass,
    ending: Ending,
    upgrade: WebSocketUpgrade,
) -> Result<Response, RouteError> {
    check_origin(&headers, &config)?;
    let who = Who::of(&agent, &caller);
    let agent = agent.live();
    let lasting = pass.lasting(agent.clone(), Role::Member, Scope::Chat);
    Ok(upgrade.max_message_size(LARGEST).on_upgrade(move |socket| async move {
        Session::new(agent, who, lasting).run(socket, ending).await;
    }))
}

/// Browsers let any page open a WebSocket to any server, with its cookies: a page of another origin is refused.
fn check_origin(headers: &HeaderMap, settings: &Settings) -> Result<(), RouteError> {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let own = text(header::HOST)
        .is_some_and(|host| origin.split_once("://").is_some_and(|(_, of)| of.eq_ignore_ascii_case(host)));
    if own || settings.cors.iter().any(|allowed| allowed == origin) {
        return Ok(());
    }
    let why = format!("pages of {origin} may not open a WebSocket here; name the origin in `cors`");
    Err(RouteError::new(StatusCode::FORBIDDEN, why).with_code("foreign-origin"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_of_other_origins_are_refused() {
        let settings: Settings = serde_json::from_value(json!({ "cors": ["https://app.example"] }))
            .unwrap_or_else(|error| unreachable!("{error}"));
        let rows = [
            (None, true),
            (Some("http://localhost:3000"), true),
            (Some("http://localhost:3001"), false),
            (Some("https://evil.example"), false),
            (Some("https://app.example"), true),
            (Some("null"), false),
        ];
        for (origin, fine) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, header::HeaderValue::from_static("localhost:3000"));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, header::HeaderValue::from_static(origin));
            }
            assert_eq!(check_origin(&headers, &settings).is_ok(), fine, "{origin:?}");
        }
    }
}
