//! For whom something is done.

use galatea::{
    agent::{Address, Agent, Incoming},
    memory::{Content, Role, RoomKind, World},
    store::StoreError,
};
use serde_json::Map;
use std::collections::BTreeMap;
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
        format!("mcp {}", self.name)
    }

    /// What they say in a room of theirs.
    pub(super) fn says(&self, room: &str, text: String) -> Incoming {
        Incoming {
            id: None,
            address: Address {
                source: self.source.to_owned(),
                kind: RoomKind::Api,
                room: format!("mcp {} {room}", self.name),
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
        let (id, entity) = (agent.world_id(self.source, &self.world()), self.id(agent));
        let known = agent.store().worlds().await?.into_iter().find(|world| world.id == id);
        let mut world = known.unwrap_or_else(|| World {
            id,
            agent: agent.id(),
            name: self.world(),
            roles: BTreeMap::new(),
            settings: Map::new(),
            metadata: Map::new(),
        });
        if world.roles.insert(entity, self.role) == Some(self.role) {
            return Ok(());
        }
        agent.store().put_worlds(&[world]).await
    }
}
