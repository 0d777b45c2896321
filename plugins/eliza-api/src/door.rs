//! Which agent a request is for, and who sends it.

use crate::failure::Failure;
use galatea::{agent::Agent, memory::Role, memory::Room, store::Window};
use galatea_server::{Access, Directory, SOURCE, Scope, name_in_rooms};
use uuid::Uuid;

/// The agents behind these routes, and who calls.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    directory: Directory,
    access: Access,
}

impl Door {
    /// A door for who is known; 401 for anybody else.
    pub(crate) fn of(directory: Directory, access: Access) -> Result<Self, Failure> {
        access
            .require_any(Role::Guest, Scope::Chat)
            .or_else(|_| access.require_any(Role::Guest, Scope::Read))?;
        Ok(Self { directory, access })
    }

    /// The agents with which the caller may talk.
    pub(crate) fn agents(&self) -> Result<Vec<Agent>, Failure> {
        Ok(self.access.agents(&self.directory, Role::Member, Scope::Chat)?)
    }

    /// An agent with which the caller may talk, by its id; a name is taken too.
    pub(crate) fn agent(&self, id: &str) -> Result<Agent, Failure> {
        self.agent_for(id, Role::Member, Scope::Chat)
    }

    /// An agent with which the caller may do this.
    pub(crate) fn agent_for(&self, id: &str, role: Role, scope: Scope) -> Result<Agent, Failure> {
        let agent = self.directory.find(id).ok_or_else(|| Failure::not_found("Agent"))?;
        self.access.require(&agent, role, scope)?;
        Ok(agent)
    }

    /// Whether the caller may do this with an agent.
    pub(crate) fn may(&self, agent: &Agent, role: Role, scope: Scope) -> Result<(), Failure> {
        self.access.require(agent, role, scope).map(drop).map_err(Into::into)
    }

    /// What the caller is called in the names of rooms.
    pub(crate) fn name(&self) -> String {
        name_in_rooms(self.access.name())
    }

    /// What the names of the caller's rooms begin with.
    pub(crate) fn prefix(&self) -> String {
        format!("eliza:{}/", self.name())
    }

    /// Whether a room is the caller's own: made by these routes for it.
    pub(crate) fn owns(&self, agent: &Agent, room: &Room) -> bool {
        // Others may call a room of theirs like this; its id tells that it is another one.
        room.name.starts_with(&self.prefix()) && room.id == agent.place_id(SOURCE, &room.name)
    }

    /// A room that the caller may see, and its agent: its own ones, and all for an admin.
    pub(crate) async fn room(&self, id: &str) -> Result<(Agent, Room), Failure> {
        let room = Uuid::try_parse(id).map_err(|_| Failure::no_id("channel"))?;
        for agent in self.agents()? {
            let Some(known) = agent.store().snapshot(room, Window::default()).await?.room else { continue };
            if self.owns(&agent, &known) || self.access.require(&agent, Role::Admin, Scope::Read).is_ok() {
                return Ok((agent, known));
            }
        }
        Err(Failure::not_found("Channel"))
    }
}

/// The id in a path.
pub(crate) fn id(text: &str, what: &str) -> Result<Uuid, Failure> {
    Uuid::try_parse(text).map_err(|_| Failure::no_id(what))
}
