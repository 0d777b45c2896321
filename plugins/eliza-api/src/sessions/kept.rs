//! What is known of a session, and where it is kept: in the metadata of its room.

use super::Lasting;
use crate::{door::Door, failure::Failure, place::Place, shape::date};
use axum::http::StatusCode;
use galatea::{agent::Agent, memory::Room, store::Window};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex, MutexGuard};

/// Where it stands in the metadata of its room.
const KEY: &str = "eliza-session";

/// What the names of rooms of sessions have after the caller's prefix.
const NAME: &str = "session-";

/// A session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Session {
    pub(super) id: String,
    /// The id by which the client knows who speaks.
    pub(super) user: String,
    #[serde(default)]
    pub(super) metadata: Map<String, Value>,
    pub(super) created: Timestamp,
    pub(super) last_activity: Timestamp,
    pub(super) lasting: Lasting,
    pub(super) renewals: u64,
}

impl Session {
    pub(super) const fn new(
        id: String,
        user: String,
        metadata: Map<String, Value>,
        lasting: Lasting,
        now: Timestamp,
    ) -> Self {
        Self { id, user, metadata, created: now, last_activity: now, lasting, renewals: 0 }
    }

    /// When it ends, if nothing is said in it.
    pub(super) fn expires(&self) -> Timestamp {
        let since = if self.lasting.auto_renew { self.last_activity } else { self.created };
        let end = after(since, self.lasting.timeout_minutes);
        end.min(after(self.created, self.lasting.max_duration_minutes))
    }

    /// Renews it, unless it has lasted as long as it may.
    pub(super) fn renew(&mut self, now: Timestamp) -> bool {
        if now >= after(self.created, self.lasting.max_duration_minutes) {
            return false;
        }
        self.last_activity = now;
        self.renewals += 1;
        true
    }

    /// Somebody is there: renews it if that does. Whether it did.
    pub(super) fn touch(&mut self, now: Timestamp) -> bool {
        let renewed = self.lasting.auto_renew && self.renew(now);
        self.last_activity = now;
        renewed
    }

    pub(super) fn is_near_end(&self, now: Timestamp) -> bool {
        let left = self.expires().duration_since(now);
        left > SignedDuration::ZERO && left <= minutes(self.lasting.warning_threshold_minutes)
    }
}

/// Changes of sessions wait for each other, as far as they may be of one session: none is to bring back one that was ended.
static CHANGES: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];

async fn alone(session: &str) -> MutexGuard<'static, ()> {
    let place = session.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    CHANGES[place % CHANGES.len()].lock().await
}

fn after(at: Timestamp, time: f64) -> Timestamp {
    at.checked_add(minutes(time)).unwrap_or(Timestamp::MAX)
}

fn minutes(time: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(time * 60.0).unwrap_or(SignedDuration::MAX)
}

/// The name of a session's room, after the caller's prefix.
pub(super) fn room_name(session: &str) -> String {
    format!("{NAME}{session}")
}

/// A session with its room and agent.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) agent: Agent,
    pub(super) room: Room,
    pub(super) session: Session,
}

impl Kept {
    /// A session of the caller's that has not ended. One that has is gone after this.
    pub(super) async fn find(door: &Door, session: &str) -> Result<Self, Failure> {
        let kept = Self::find_ended_too(door, session).await?;
        if kept.is_over() {
            let message = format!("Session '{session}' expired at {}", date(kept.session.expires()));
            kept.forget().await?;
            return Err(Failure::new(StatusCode::GONE, "SESSION_EXPIRED", message));
        }
        Ok(kept)
    }

    /// Changes a session of the caller's that has not ended, and writes it down.
    pub(super) async fn change<T>(
        door: &Door,
        session: &str,
        change: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<(Self, T), Failure> {
        let _alone = alone(session).await;
        let mut kept = Self::find(door, session).await?;
        let told = change(&mut kept)?;
        kept.store().await?;
        Ok((kept, told))
    }

    /// Ends a session of the caller's, if it has not ended by itself.
    pub(super) async fn end(door: &Door, session: &str) -> Result<(), Failure> {
        let _alone = alone(session).await;
        Self::find_ended_too(door, session).await?.forget().await
    }

    /// A session of the caller's.
    async fn find_ended_too(door: &Door, session: &str) -> Result<Self, Failure> {
        for agent in door.agents()? {
            let place = Place::of(door, &room_name(session), "", None);
            let room = agent.store().snapshot(place.room(&agent), Window::default()).await?.room;
            if let Some(kept) = room.and_then(|room| Self::of(&agent, room)) {
                return Ok(kept);
            }
        }
        let message = format!("Session with ID '{session}' not found");
        Err(Failure::new(StatusCode::NOT_FOUND, "SESSION_NOT_FOUND", message))
    }

    /// The caller's sessions.
    pub(super) async fn all(door: &Door) -> Result<Vec<Self>, Failure> {
        let mut all = Vec::new();
        for agent in door.agents()? {
            let rooms = agent.store().rooms().await?.into_iter().filter(|room| door.owns(&agent, room));
            all.extend(rooms.filter_map(|room| Self::of(&agent, room)));
        }
        all.sort_by_key(|kept| kept.session.created);
        Ok(all)
    }

    fn of(agent: &Agent, room: Room) -> Option<Self> {
        let session = serde_json::from_value(room.metadata.get(KEY)?.clone()).ok()?;
        Some(Self { agent: agent.clone(), room, session })
    }

    /// Writes it down.
    pub(super) async fn store(&self) -> Result<(), Failure> {
        let mut room = self.room.clone();
        room.metadata.insert(KEY.to_owned(), json!(self.session));
        Ok(self.agent.store().put_rooms(&[room]).await?)
    }

    /// Ends it; the room stays.
    pub(super) async fn forget(&self) -> Result<(), Failure> {
        let mut room = self.room.clone();
        room.metadata.remove(KEY);
        Ok(self.agent.store().put_rooms(&[room]).await?)
    }

    pub(super) fn is_over(&self) -> bool {
        self.session.expires() <= self.agent.clock().now()
    }

    pub(super) fn is_near_end(&self) -> bool {
        self.session.is_near_end(self.agent.clock().now())
    }

    /// The session as the client reads it.
    pub(super) fn told(&self) -> Value {
        let (session, now) = (&self.session, self.agent.clock().now());
        let left = session.expires().duration_since(now).as_millis().max(0);
        json!({
            "sessionId": session.id,
            "channelId": self.room.id,
            "agentId": self.agent.id(),
            "userId": session.user,
            "createdAt": date(session.created),
            "lastActivity": date(session.last_activity),
            "metadata": session.metadata,
            "expiresAt": date(session.expires()),
            "timeoutConfig": session.lasting,
            "renewalCount": session.renewals,
            "timeRemaining": i64::try_from(left).unwrap_or(i64::MAX),
            "isNearExpiration": session.is_near_end(now),
        })
    }
}
