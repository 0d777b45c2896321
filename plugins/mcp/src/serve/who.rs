//! For whom something is done.

use galatea::{
    agent::{Address, Agent, Incoming},
    memory::{Content, Role, RoomKind},
    store::StoreError,
};
use galatea_server::name_in_rooms;
use uuid::Uuid;

/// A caller: somebody whom the agent knows by name, in a world of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    /// Where the name is from.
    pub(super) source: &'static str,
    /// The name.
    pub(super) name: String,
    /// What they may do.
    pub(super) role: Role,
}

impl Who {
    /// Their id.
    pub(super) fn id(&self, agent: &Agent) -> Uuid {
        agent.entity_id(self.source, &self.name)
    }

    /// Whether they may do what only these roles may; no role is everybody.
    pub(super) fn is_one_of(&self, roles: &[&str]) -> bool {
        let wanted = |name: &&str| Role::from_name(name).is_some_and(|wanted| self.role >= wanted);
        roles.is_empty() || roles.iter().any(wanted)
    }

    fn world(&self) -> String {
        format!("mcp {}", name_in_rooms(&self.name))
    }

    /// What they say in a room of theirs.
    pub(super) fn says(&self, room: &str, text: String) -> Incoming {
        Incoming {
            id: None,
            address: Address {
                source: self.source.to_owned(),
                kind: RoomKind::Api,
                room: format!("{} {room}", self.world()),
                world: Some(self.world()),
            },
            from: self.name.clone(),
            founder: false,
            content: Content { source: Some(self.source.to_owned()), ..Content::text(text) },
        }
    }

    /// Sees to it that they have their role in their world: what guards actions looks there.
    ///
    /// # Errors
    /// If the storage fails.
    pub(super) async fn take_seat(&self, agent: &Agent) -> Result<(), StoreError> {
        let world = self.world();
        agent.give_role(agent.world_id(self.source, &world), &world, self.id(agent), self.role).await
    }
}
