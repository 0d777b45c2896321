//! Messages that come in.

use super::{
    attachments::{self, Attached},
    following::{replies, told},
    headers::{IdempotencyKey, LastEventId, WantsStream},
    rooms::{ensure_role, own_room},
    sent::{Accepted, Done, Sent},
    stream,
    who::Who,
};
use futures_util::FutureExt;
use galatea::{
    agent::{AcceptError, Said},
    memory::{Memory, Role, Room, World},
    prelude::*,
    route::{Json, Path, StatusCode},
    store::{StoredRun, Window},
    text::id::stable_id_for,
    turn::{EventId, Follower, Told, TurnEvent},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;
use uuid::Uuid;

/// How long a text may be, in bytes.
const LONGEST: usize = 256 * 1024;

/// After which time a run that cannot be followed is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How long an answer can be waited for, in seconds.
const LONGEST_WAIT: u32 = 120;

/// In which room.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhereTo {
    /// A room's id, or any name: then it is the caller's own room of that name, made when it is new.
    #[schemars(length(min = 1, max = 200))]
    room: String,
}

/// A message.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct NewMessage {
    /// What is said; empty only with attachments.
    pub(super) text: String,
    /// What comes with it.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub(super) attachments: Vec<Attached>,
    /// In whose name it is said. For admins: the users of an application.
    #[serde(default)]
    pub(super) from: Option<From>,
    /// For how many seconds the answer is waited for. Default: not at all.
    #[serde(default)]
    #[schemars(range(max = 120))]
    pub(super) wait: Option<u32>,
}

/// In whose name something is said.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// Their name; the same name is the same person.
    #[schemars(length(min = 1, max = 200))]
    pub(super) name: String,
}

/// Says something to the agent. With `accept: text/event-stream` the turn comes as server-sent events (`started`, `text`,
/// `retracted`, `action-started`, `action-completed`, `reply`, `approval`, `lagged`, `ended`); with `wait` the answer when it is
/// done; else, and where that takes longer, 202 at once.
///
/// With the header `idempotency-key` a message that is sent again, by the same caller in the same room, is the same
/// message: it is answered once, and what is stored of that is given.
#[route(POST, "/rooms/{room}/messages", roles("member"), scope = "chat", timeout = "130s", body = "12mb")]
pub(crate) async fn send_message(
    agent: Agent,
    caller: Caller,
    key: IdempotencyKey,
    last: LastEventId,
    streams: WantsStream,
    Path(WhereTo { room }): Path<WhereTo>,
    Json(new): Json<NewMessage>,
) -> Result<Sent, RouteError> {
    let who = Who::of(&agent, &caller);
    if new.wait.is_some_and(|wait| wait > LONGEST_WAIT) {
        let why = format!("`wait` is at most {LONGEST_WAIT} seconds; follow the run instead");
        return Err(RouteError::unprocessable(why).with_code("wait-too-long"));
    }
    let wait = new.wait;
    let sending = send(&agent, &who, &room, new, key.0).await?;
    if streams.0 {
        return Ok(Sent::Stream(streamed(&agent, sending, last.0).await?));
    }
    match wait {
        Some(wait) if wait > 0 => waited(&agent, sending, Duration::from_secs(wait.into())).await,
        _ if sending.duplicate => stored_answer(&agent, sending.accepted()).await,
        _ => Ok(Sent::Accepted(sending.accepted())),
    }
}

/// A message that was accepted, now or before.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) message: Uuid,
    pub(super) run: Uuid,
    pub(super) room: Uuid,
    duplicate: bool,
    pub(super) follower: Option<Follower>,
}

impl Sending {
    const fn accepted(&self) -> Accepted {
        Accepted { message: self.message, run: self.run, room: self.room }
    }
}

/// Gives a message to the agent.
pub(super) async fn send(
    agent: &Agent,
    who: &Who,
    room: &str,
    new: NewMessage,
    key: Option<String>,
) -> Result<Sending, RouteError> {
    check(who, &new)?;
    let (room, world) = room_of(agent, who, room).await?;
    let speaker = match &new.from {
        Some(from) => Who::spoken_for(agent, from.name.trim()),
        None => {
            ensure_role(agent, who, &room, world.as_ref()).await?;
            who.clone()
        }
    };
    let id = key.map(|key| stable_id_for(room.id, &format!("{}:{key}", who.entity)));
    let (text, attached) = (new.text, new.attachments);
    // What was sent before keeps its files; they are not stored once more.
    let known = match id {
        Some(id) => agent.store().memories_by_id(&[id]).await?.pop(),
        None => None,
    };
    if let Some(known) = &known {
        same_as_before(known, &text, attached.len())?;
        let run = agent.run_about(known.id);
        let follower = agent.follow(run);
        return Ok(Sending { message: known.id, run, room: room.id, duplicate: true, follower });
    }
    let content = Content { attachments: attachments::read(agent, attached).await?, ..Content::text(text) };
    let said = Said { id, entity: speaker.entity, name: speaker.name, content: content.clone() };
    let handle = agent.send_in(&room, said).await.map_err(refused)?;
    if handle.duplicate
        && let Some(known) = agent.store().memories_by_id(&[handle.message]).await?.pop()
    {
        same_as_before(&known, &content.text, content.attachments.len())?;
    }
    let (message, run, duplicate) = (handle.message, handle.run, handle.duplicate);
    let follower = if duplicate { agent.follow(run) } else { Some(handle.follow()) };
    Ok(Sending { message, run, room: room.id, duplicate, follower })
}

fn check(who: &Who, new: &NewMessage) -> Result<(), RouteError> {
    let wrong = |code: &'static str, why: String| Err(RouteError::unprocessable(why).with_code(code));
    if new.text.trim().is_empty() && new.attachments.is_empty() {
        return wrong("no-text", "the message is empty; write `text`, or attach something".to_owned());
    }
    if new.text.len() > LONGEST {
        return wrong(
            "text-too-long",
            format!("a text has at most {LONGEST} bytes; attach the rest as a file"),
        );
    }
    let Some(from) = &new.from else { return Ok(()) };
    if who.role < Role::Admin {
        let why = "only admins speak in the name of others; leave `from` out";
        return Err(RouteError::forbidden(why).with_code("from-not-allowed"));
    }
    let name = from.name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return wrong("no-name", "`from.name` has 1 to 200 characters".to_owned());
    }
    Ok(())
}

/// The room that is meant: one that the caller may see, by id, or their own of this name.
async fn room_of(agent: &Agent, who: &Who, room: &str) -> Result<(Room, Option<World>), RouteError> {
    if let Ok(id) = Uuid::try_parse(room) {
        let snapshot = who.room(agent, id, Window::default()).await?;
        let room = snapshot.room.ok_or_else(|| RouteError::not_found("the room is gone"))?;
        return Ok((room, snapshot.world));
    }
    let room = own_room(agent, who, room)?;
    // As it is stored, if it is.
    let snapshot = agent.store().snapshot(room.id, Window::default()).await?;
    Ok((snapshot.room.unwrap_or(room), snapshot.world))
}

/// A key stands for one message.
fn same_as_before(known: &Memory, text: &str, attachments: usize) -> Result<(), RouteError> {
    if known.content.text == text && known.content.attachments.len() == attachments {
        return Ok(());
    }
    let why = "this `idempotency-key` was used for another message in this room; take a new key";
    Err(RouteError::unprocessable(why).with_code("key-used"))
}

fn refused(error: AcceptError) -> RouteError {
    match error {
        AcceptError::Busy | AcceptError::Overloaded => {
            RouteError::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()).with_code("too-many-waiting")
        }
        AcceptError::Stopping => RouteError::unavailable(error.to_string()),
        AcceptError::Store(error) => error.into(),
    }
}

/// The turn as it goes on, or as it is stored.
async fn streamed(
    agent: &Agent,
    sending: Sending,
    last: Option<EventId>,
) -> Result<galatea::route::Response, RouteError> {
    match sending.follower {
        Some(follower) => {
            let follower = match last {
                Some(id) => follower.after(id),
                None => follower,
            };
            Ok(stream::follow(sending.run, sending.message, follower))
        }
        None => Ok(stream::stored(told(agent, stored_run(agent, sending.run).await?).await?)),
    }
}

async fn stored_run(agent: &Agent, run: Uuid) -> Result<StoredRun, RouteError> {
    let stored = agent.store().run(run).await?;
    stored.ok_or_else(|| RouteError::not_found(format!("the run {run} is gone")).with_code("no-run"))
}

/// What became of the message, if that is known in time.
async fn waited(agent: &Agent, mut sending: Sending, wait: Duration) -> Result<Sent, RouteError> {
    let accepted = sending.accepted();
    let follower = sending.follower.take();
    let end = async {
        if let Some(follower) = follower {
            to_end(follower).await;
        }
        at_rest(agent, accepted.run).await
    };
    // In real time, whatever the agent's clock says: somebody holds a connection open.
    match tokio::time::timeout(wait, end.boxed()).await {
        Ok(known) => known.and(stored_answer(agent, accepted).await),
        Err(_) => Ok(Sent::Accepted(accepted)),
    }
}

/// Until the record of a run is stored: a turn that cannot be followed may be about to begin, or be worked on elsewhere.
async fn at_rest(agent: &Agent, run: Uuid) -> Result<(), RouteError> {
    while !stored_run(agent, run).await?.is_at_rest() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(())
}

async fn to_end(mut follower: Follower) {
    while let Some(told) = follower.next().await {
        if let Told::Event { event, .. } = told
            && matches!(*event, TurnEvent::Ended(_))
        {
            return;
        }
    }
}

/// What is stored of a run that is over, or waits for a person; else only that it is worked on.
async fn stored_answer(agent: &Agent, accepted: Accepted) -> Result<Sent, RouteError> {
    let stored = stored_run(agent, accepted.run).await?;
    if !stored.is_at_rest() {
        return Ok(Sent::Accepted(accepted));
    }
    let record = stream::record(stored.record);
    let replies = replies(agent, &record).await?;
    let Accepted { message, run, room } = accepted;
    Ok(Sent::Done(Box::new(Done { message, run, room, replies, record: (*record).clone() })))
}
