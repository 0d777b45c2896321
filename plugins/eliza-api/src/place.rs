//! Rooms and people, of the ids that clients make up.

use crate::{door::Door, failure::Failure};
use galatea::{
    agent::{Address, Agent},
    memory::{Entity, Room, RoomKind},
    store::Window,
};
use galatea_server::SOURCE;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Stands between a caller and somebody for whom it speaks: no name of a token holds it, so that nobody is taken for another.
const PERSON: char = '\u{1f}';

/// Where an entity keeps the id by which its client knows it.
const USER_ID: &str = "eliza-user-id";

/// Where things are said, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) address: Address,
    /// Who speaks, by the name on the platform.
    pub(crate) from: String,
    user: String,
    called: Option<String>,
}

impl Place {
    /// A room of the caller's, by what follows its prefix, and a person of the caller's program. `called` is the person's name, if
    /// it is known.
    pub(crate) fn of(door: &Door, room: &str, user: &str, called: Option<&str>) -> Self {
        let kind = RoomKind::Api;
        Self::at(door, format!("{}{room}", door.prefix()), kind, user, called)
    }

    /// A room that is known already.
    pub(crate) fn known(door: &Door, room: &Room, user: &str) -> Self {
        Self::at(door, room.name.clone(), room.kind, user, None)
    }

    fn at(door: &Door, room: String, kind: RoomKind, user: &str, called: Option<&str>) -> Self {
        let name = door.name();
        let world = Some(format!("eliza:{name}"));
        Self {
            address: Address { source: SOURCE.to_owned(), kind, room, world },
            from: format!("{name}{PERSON}{user}"),
            user: user.to_owned(),
            called: called.map(str::to_owned),
        }
    }

    /// The id of the room.
    pub(crate) fn room(&self, agent: &Agent) -> Uuid {
        agent.place_id(&self.address.source, &self.address.room)
    }

    /// Makes room and person known; the person by their name, else as `user`.
    pub(crate) async fn enter(&self, agent: &Agent) -> Result<Room, Failure> {
        let id = agent.entity_id(&self.address.source, &self.from);
        let known = agent.store().entities(&[id]).await?.pop();
        let is_new = known
            .as_ref()
            .is_none_or(|known| self.called.is_some() && known.names.first() != self.called.as_ref());
        if is_new {
            let called = self.called.clone().unwrap_or_else(|| "user".to_owned());
            let metadata = Map::from_iter([(USER_ID.to_owned(), Value::from(self.user.clone()))]);
            agent.update_entity(Entity { id, agent: agent.id(), names: vec![called], metadata }).await?;
        }
        agent.recount(&self.address, &self.from, Vec::new()).await?;
        let room = agent.store().snapshot(self.room(agent), Window::default()).await?.room;
        room.ok_or_else(|| Failure::not_found("Channel"))
    }
}

/// The id by which the client knows somebody.
pub(crate) fn user_id(id: Uuid, people: &[Entity]) -> String {
    let known = people
        .iter()
        .find(|entity| entity.id == id)
        .and_then(|entity| entity.metadata.get(USER_ID)?.as_str());
    known.map_or_else(|| id.to_string(), str::to_owned)
}
