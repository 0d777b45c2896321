//! The caller as somebody who takes part in rooms.

use crate::{SOURCE, access::ANONYMOUS};
use galatea::{
    agent::Agent,
    memory::{Role, World},
    route::{Caller, RouteError},
    store::{RoomSnapshot, StoreError, StoredRun, Window},
    text::id::stable_id_for,
};
use uuid::Uuid;

/// Where those are known for whom an application speaks: nobody who signs in has a name of this source.
const SPOKEN_FOR: &str = "api-from";

/// The caller as somebody who takes part in rooms.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// Their entity.
    pub(crate) entity: Uuid,
    /// Their name.
    pub(crate) name: String,
    /// What they may do.
    pub(crate) role: Role,
}

/// What somebody is called in a room: who sits at this machine by their account, as in a chat of the terminal.
fn called(name: String) -> String {
    let account = || ["USER", "USERNAME"].iter().find_map(|variable| std::env::var(variable).ok());
    let own = if name == ANONYMOUS { account().filter(|account| !account.trim().is_empty()) } else { None };
    own.unwrap_or(name)
}

impl Who {
    /// Who calls.
    pub(crate) fn of(agent: &Agent, caller: &Caller) -> Self {
        let name = caller.name.clone().unwrap_or_else(|| "somebody".to_owned());
        let entity = caller.entity.unwrap_or_else(|| agent.entity_id(SOURCE, &name));
        let role = caller.roles.iter().max().copied().unwrap_or_default();
        Self { entity, name: called(name), role }
    }

    /// Somebody for whom an application speaks, who is nobody's owner.
    pub(crate) fn spoken_for(agent: &Agent, name: &str) -> Self {
        Self { entity: agent.entity_id(SPOKEN_FOR, name), name: name.to_owned(), role: Role::Guest }
    }

    /// Whether they may see every room.
    pub(crate) fn sees_all(&self) -> bool {
        self.role >= Role::Admin
    }

    /// The room of theirs that has this name.
    pub(crate) fn room_named(&self, agent: &Agent, name: &str) -> Uuid {
        stable_id_for(agent.place_id(SOURCE, name), &self.entity.to_string())
    }

    /// A room that they may see.
    ///
    /// # Errors
    /// 404 if there is none, or if they do not take part in it and are no admin: which rooms there are is no one else's
    /// business.
    pub(crate) async fn room(
        &self,
        agent: &Agent,
        room: Uuid,
        window: Window,
    ) -> Result<RoomSnapshot, RouteError> {
        let snapshot = agent.store().snapshot(room, window).await?;
        if snapshot.room.is_some() && self.may_see(&snapshot) {
            return Ok(snapshot);
        }
        Err(RouteError::not_found(format!("there is no room {room} of yours")).with_code("no-room"))
    }

    /// Whether they may see a room.
    pub(crate) fn may_see(&self, room: &RoomSnapshot) -> bool {
        self.sees_all() || room.participants.iter().any(|participant| participant.id == self.entity)
    }

    /// A run that they may see: that of a room that they may.
    ///
    /// # Errors
    /// 404 if there is none, or they may not.
    pub(crate) async fn run(&self, agent: &Agent, run: Uuid) -> Result<StoredRun, RouteError> {
        let missing = || RouteError::not_found(format!("there is no run {run} of yours")).with_code("no-run");
        let stored = agent.store().run(run).await?.ok_or_else(missing)?;
        if self.sees_all() || self.takes_part(agent, stored.room).await? {
            return Ok(stored);
        }
        Err(missing())
    }

    /// Whether they take part in a room.
    pub(crate) async fn takes_part(&self, agent: &Agent, room: Uuid) -> Result<bool, StoreError> {
        let snapshot = agent.store().snapshot(room, Window::default()).await?;
        Ok(snapshot.participants.iter().any(|participant| participant.id == self.entity))
    }

    /// Their role in a world: where they signed in, that of their token.
    pub(crate) fn role_in(&self, world: Option<&World>) -> Role {
        world.and_then(|world| world.roles.get(&self.entity).copied()).unwrap_or_default()
    }
}
