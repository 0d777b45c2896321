//! One connection of a WebSocket.

use super::{
    Asked,
    followed::{Begun, Followed, Told},
};
use crate::{
    Ending,
    access::Lasting,
    api::{
        following::told,
        runs, sending,
        stream::{self, Note, notes},
        who::Who,
    },
};
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, close_code};
use galatea::{
    event::{MessageSent, Notice, RunStarted},
    prelude::*,
    route::StatusCode,
    store::StoredRun,
    turn::{Follower, RunRecord, TurnEvent},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        mpsc,
    },
    task::JoinSet,
    time::{Instant, MissedTickBehavior},
};
use uuid::Uuid;

/// How many things may wait to be sent; then the turns that are followed wait, too, in their logs.
const WAITING: usize = 64;

/// How many rooms a connection may follow.
const MOST_ROOMS: usize = 64;

/// How often it is found out whether there is somebody still.
const PING: Duration = Duration::from_secs(20);

/// Who says nothing for so long, not even to a ping, is gone.
const SILENT: Duration = Duration::from_secs(60);

/// How long a frame may take to be sent.
const SLOW: Duration = Duration::from_secs(30);

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    agent: Agent,
    who: Who,
    lasting: Lasting,
    notices: Receiver<Notice>,
    rooms: BTreeSet<Uuid>,
    followed: Followed,
    turns: JoinSet<()>,
    out: mpsc::Sender<Value>,
    waiting: mpsc::Receiver<Value>,
}

impl Session {
    pub(super) fn new(agent: Agent, who: Who, lasting: Lasting) -> Self {
        let (out, waiting) = mpsc::channel(WAITING);
        Self {
            notices: agent.events().subscribe(),
            rooms: BTreeSet::new(),
            followed: Followed::default(),
            turns: JoinSet::new(),
            agent,
            who,
            lasting,
            out,
            waiting,
        }
    }

    /// Until the client goes, or may not have it any more, or the server ends.
    pub(super) async fn run(mut self, mut socket: WebSocket, ending: Ending) {
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
                Some(said) = self.waiting.recv() => {
                    if !self.may_hear(&mut socket).await {
                        return;
                    }
                    text(&said)
                }
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
                    if !self.may_hear(&mut socket).await {
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

    /// Whether the client may still have this; else it is told why not, and the connection closed.
    async fn may_hear(&mut self, socket: &mut WebSocket) -> bool {
        match self.lasting.holds().await {
            Ok(()) => true,
            Err(error) => {
                close(socket, close_code::POLICY, error.message()).await;
                false
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
        let answered = match self.lasting.admits().await {
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
                    self.follow(follower, room, run, message);
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
                    Some(follower) => self.follow(follower, started.room, started.run, started.message),
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
    fn follow(&mut self, mut follower: Follower, room: Uuid, run: Uuid, message: Uuid) {
        let mut following = match self.followed.begin(run, Told::Log(follower.log())) {
            Begun::New(following) => following,
            Begun::Known => return,
            Begun::TooMany => return self.say(missed(room, run)),
        };
        let out = self.out.clone();
        self.turns.spawn(async move {
            while let Some(told) = follower.next().await {
                if let galatea::turn::Told::Event { event, .. } = &told
                    && let TurnEvent::Ended(record) = &**event
                {
                    following.ended(record.run, told_of(record));
                }
                for note in notes(run, message, told) {
                    if out.send(said(note, room, run)).await.is_err() {
                        return;
                    }
                }
            }
            drop(following);
        });
    }

    /// Tells a turn that was over before it could be followed.
    fn tell_stored(&mut self, room: Uuid, run: Uuid) {
        let (agent, out, followed) = (self.agent.clone(), self.out.clone(), self.followed.clone());
        self.turns.spawn(async move {
            let stored = agent.store().run(run).await.ok().flatten();
            let Some(stored) = stored.filter(StoredRun::is_at_rest) else { return };
            let record = stream::record(stored.record.clone());
            let _following = match followed.begin(run, told_of(&record)) {
                Begun::New(following) => following,
                Begun::Known => return,
                // Whoever is gone is told nothing.
                Begun::TooMany => return drop(out.send(missed(room, run)).await),
            };
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

/// What is told of a run that is at rest.
fn told_of(record: &RunRecord) -> Told {
    record.waiting_approval().map_or(Told::Over, |approval| Told::Waiting(approval.id))
}

/// Too much is told at once. What became of this one can be asked for.
fn missed(room: Uuid, run: Uuid) -> Value {
    json!({ "type": "lagged", "room": room, "run": run })
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
