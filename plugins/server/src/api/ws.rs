//! A WebSocket: several rooms over one connection.

use super::{
    following::told,
    runs, sending,
    stream::{Note, notes},
    who::Who,
};
use crate::{Ending, Scope, Server, Settings, access::Pass};
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade, close_code};
use galatea::{
    event::{MessageSent, Notice, RunStarted},
    memory::Role,
    prelude::*,
    route::{HeaderMap, Response, StatusCode, header},
    store::StoredRun,
    turn::Follower,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        mpsc,
    },
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};
use uuid::Uuid;

/// The largest frame that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// How many things may wait to be sent; then the turns that are followed wait, too, in their logs.
const WAITING: usize = 64;

/// How many rooms a connection may follow.
const MOST_ROOMS: usize = 64;

/// How many turns it follows at once.
const MOST_TURNS: usize = 64;

/// How often it is found out whether there is somebody still.
const PING: Duration = Duration::from_secs(20);

/// Who says nothing for so long, not even to a ping, is gone.
const SILENT: Duration = Duration::from_secs(60);

/// How long a frame may take to be sent.
const SLOW: Duration = Duration::from_secs(30);

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
    Ok(upgrade.max_message_size(LARGEST).on_upgrade(move |socket| async move {
        let (out, waiting) = mpsc::channel(WAITING);
        let session = Session {
            notices: agent.events().subscribe(),
            followed: Arc::default(),
            rooms: BTreeSet::new(),
            turns: JoinSet::new(),
            agent,
            who,
            pass,
            out,
        };
        session.run(socket, waiting, ending).await;
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

/// One connection.
struct Session {
    agent: Agent,
    who: Who,
    pass: Pass,
    notices: Receiver<Notice>,
    rooms: BTreeSet<Uuid>,
    followed: Arc<Mutex<BTreeSet<Uuid>>>,
    turns: JoinSet<()>,
    out: mpsc::Sender<Value>,
}

impl Session {
    async fn run(mut self, mut socket: WebSocket, mut waiting: mpsc::Receiver<Value>, ending: Ending) {
        let mut ping = tokio::time::interval(PING);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        let end = ending.ended();
        tokio::pin!(end);
        loop {
            let frame = tokio::select! {
                () = &mut end => {
                    close(&mut socket, close_code::AWAY, "the server ends").await;
                    return;
                }
                frame = socket.recv() => match frame {
                    Some(Ok(frame)) => {
                        heard = Instant::now();
                        match self.heard(frame).await {
                            Some(answer) => answer,
                            None => continue,
                        }
                    }
                    Some(Err(_)) | None => return,
                },
                Some(said) = waiting.recv() => text(&said),
                notice = self.notices.recv() => {
                    match notice {
                        Ok(notice) => self.noticed(&notice),
                        Err(RecvError::Lagged(missed)) => self.say(json!({ "type": "lagged", "missed": missed })),
                        Err(RecvError::Closed) => return,
                    }
                    continue;
                }
                _ = ping.tick() => {
                    if heard.elapsed() > SILENT {
                        return;
                    }
                    if let Err(error) = self.pass.holds(&self.agent, Role::Member, Scope::Chat).await {
                        close(&mut socket, close_code::POLICY, error.message()).await;
                        return;
                    }
                    Frame::Ping(Vec::new().into())
                }
                Some(_) = self.turns.join_next() => continue,
            };
            match tokio::time::timeout(SLOW, socket.send(frame)).await {
                Ok(Ok(())) => {}
                // Who does not read is not kept.
                Ok(Err(_)) | Err(_) => return,
            }
        }
    }

    /// What the client said; gives what is answered at once.
    async fn heard(&mut self, frame: Frame) -> Option<Frame> {
        let said = match frame {
            Frame::Text(said) => said,
            Frame::Binary(_) => {
                let error =
                    RouteError::bad_request("send text frames with JSON in them").with_code("not-text");
                return Some(text(&refused(&error, None)));
            }
            Frame::Ping(_) | Frame::Pong(_) | Frame::Close(_) => return None,
        };
        let asked: Asked = match serde_json::from_str(said.as_str()) {
            Ok(asked) => asked,
            Err(error) => {
                let error = RouteError::bad_request(format!("this is not understood: {error}"));
                return Some(text(&refused(&error.with_code("not-understood"), None)));
            }
        };
        let id = match &asked {
            Asked::Send { id, .. } => id.clone(),
            _ => None,
        };
        let admitted = self.pass.admits(&self.agent, Role::Member, Scope::Chat).await;
        let answered = match admitted {
            Ok(()) => self.asked(asked).await,
            Err(error) => Err(error),
        };
        Some(match answered {
            Ok(answer) => text(&answer),
            Err(error) => text(&refused(&error, id.as_deref())),
        })
    }

    async fn asked(&mut self, asked: Asked) -> Result<Value, RouteError> {
        match asked {
            Asked::Send { room, text, id } => {
                let new = sending::NewMessage { text, attachments: Vec::new(), from: None, wait: None };
                let sending = sending::send(&self.agent, &self.who, &room, new, id.clone()).await?;
                let (message, run, room) = (sending.message, sending.run, sending.room);
                if let Some(follower) = sending.follower {
                    self.follow(follower, room, run);
                }
                let mut accepted =
                    json!({ "type": "accepted", "room": room, "run": run, "message": message });
                if let Some(id) = id {
                    accepted["id"] = id.into();
                }
                Ok(accepted)
            }
            Asked::Subscribe { room } => {
                self.who.room(&self.agent, room, galatea::store::Window::default()).await?;
                if self.rooms.len() >= MOST_ROOMS && !self.rooms.contains(&room) {
                    let why = format!("a connection follows at most {MOST_ROOMS} rooms");
                    return Err(RouteError::conflict(why).with_code("too-many-rooms"));
                }
                self.rooms.insert(room);
                Ok(json!({ "type": "subscribed", "room": room }))
            }
            Asked::Unsubscribe { room } => {
                self.rooms.remove(&room);
                Ok(json!({ "type": "unsubscribed", "room": room }))
            }
            Asked::Cancel { run } => {
                self.who.run(&self.agent, run).await?;
                runs::cancel(&self.agent, run).await?;
                Ok(json!({ "type": "cancelling", "run": run }))
            }
        }
    }

    /// Something happened: perhaps in a room that is followed.
    fn noticed(&mut self, notice: &Notice) {
        if self.rooms.is_empty() {
            return;
        }
        let any = Arc::clone(notice);
        match notice.name() {
            "RUN_STARTED" => {
                let Ok(started) = any.into_any().downcast::<RunStarted>() else { return };
                if !self.rooms.contains(&started.room) {
                    return;
                }
                match self.agent.follow(started.run) {
                    Some(follower) => self.follow(follower, started.room, started.run),
                    None => self.tell_stored(started.room, started.run),
                }
            }
            "MESSAGE_SENT" => {
                let Ok(sent) = any.into_any().downcast::<MessageSent>() else { return };
                let in_turn = sent.message.metadata.get("run").is_some();
                if self.rooms.contains(&sent.message.room) && !in_turn {
                    let mut said = json!(sent.message);
                    said["type"] = "reply".into();
                    self.say(said);
                }
            }
            _ => {}
        }
    }

    /// Tells a turn from its beginning, once.
    fn follow(&mut self, mut follower: Follower, room: Uuid, run: Uuid) {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if followed.len() >= MOST_TURNS {
            drop(followed);
            // What becomes of it can be asked for.
            self.say(json!({ "type": "lagged", "room": room, "run": run }));
            return;
        }
        if !followed.insert(run) {
            return;
        }
        drop(followed);
        let (out, followed, message) = (self.out.clone(), Arc::clone(&self.followed), follower.message());
        self.turns.spawn(async move {
            while let Some(told) = follower.next().await {
                for note in notes(run, message, told) {
                    if out.send(said(note, room, run)).await.is_err() {
                        return;
                    }
                }
            }
            followed.lock().unwrap_or_else(PoisonError::into_inner).remove(&run);
        });
    }

    /// Tells a turn that was over before it could be followed.
    fn tell_stored(&mut self, room: Uuid, run: Uuid) {
        let (agent, out) = (self.agent.clone(), self.out.clone());
        self.turns.spawn(async move {
            let stored = agent.store().run(run).await.ok().flatten();
            let Some(stored) = stored.filter(StoredRun::is_at_rest) else { return };
            // A run that cannot be read is not told; who asks for it is told why.
            let Ok(notes) = told(&agent, stored).await else { return };
            for note in notes {
                if out.send(said(note, room, run)).await.is_err() {
                    return;
                }
            }
        });
    }

    /// Says something if there is room for it; what is left out is stored anyway.
    fn say(&self, said: Value) {
        drop(self.out.try_send(said));
    }
}

/// What is told of a turn, as it is sent.
fn said(note: Note, room: Uuid, run: Uuid) -> Value {
    let mut said = match note.data {
        Value::Object(data) => data,
        _ => serde_json::Map::new(),
    };
    said.insert("type".to_owned(), note.name.into());
    said.insert("room".to_owned(), room.to_string().into());
    said.insert("run".to_owned(), run.to_string().into());
    Value::Object(said)
}

fn refused(error: &RouteError, id: Option<&str>) -> Value {
    let message = if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!("{}", error.message());
        "something went wrong here; the log of the agent tells what"
    } else {
        error.message()
    };
    let mut refused = json!({ "type": "error", "error": { "code": error.code(), "message": message } });
    if let Some(id) = id {
        refused["id"] = id.into();
    }
    refused
}

fn text(said: &Value) -> Frame {
    Frame::Text(said.to_string().into())
}

async fn close(socket: &mut WebSocket, code: u16, why: &str) {
    let frame = Frame::Close(Some(CloseFrame { code, reason: why.to_owned().into() }));
    // Whoever is gone already is not told.
    drop(tokio::time::timeout(Duration::from_secs(1), socket.send(frame)).await);
}

#[cfg(test)]
mod tests {
    use super::*;

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
