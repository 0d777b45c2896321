//! Messages in rooms that are known by their ids, from entities that are known by theirs.

use super::{AcceptError, Address, Agent, Incoming, TurnHandle, address::Ids};
use crate::{
    memory::{Content, Role, Room},
    store::StoreError,
};
use uuid::Uuid;

/// A message for a room that is known, whatever names its platform has for it.
#[derive(Clone, Debug)]
pub struct Said {
    /// Identifies it; the same id twice is handled once. Made if not given.
    pub id: Option<Uuid>,
    /// Who says it.
    pub entity: Uuid,
    /// The name under which they become known if they are not.
    pub name: String,
    /// What is said.
    pub content: Content,
}

impl Agent {
    /// Accepts a message as [`send`](Self::send) does, where room and sender are known by their ids: for servers and other
    /// places where people sign in. A room that is not stored becomes so.
    ///
    /// # Errors
    /// [`AcceptError`]; then nothing of the message is stored.
    pub async fn send_in(&self, room: &Room, said: Said) -> Result<TurnHandle, AcceptError> {
        let ids = Ids { room: room.id, world: room.world, entity: said.entity };
        let address = Address {
            source: room.source.clone(),
            kind: room.kind,
            room: room.name.clone(),
            // One that is not known yet is named like its source.
            world: room.world.map(|_| room.source.clone()),
        };
        let mut content = said.content;
        content.source.get_or_insert_with(|| room.source.clone());
        let incoming = Incoming { id: said.id, address, from: said.name, founder: false, content };
        self.send_as(incoming, ids, serde_json::Value::Null).await
    }

    /// The run about a message: its id is known before it begins.
    #[must_use]
    pub fn run_about(&self, message: Uuid) -> Uuid {
        crate::text::id::stable_id_for(message, "run")
    }

    /// Gives an entity a role in a world, or takes every role from it with [`Role::Guest`]. A world that is not known
    /// becomes known by this name.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn give_role(
        &self,
        world: Uuid,
        name: &str,
        entity: Uuid,
        role: Role,
    ) -> Result<(), StoreError> {
        let known = {
            let _one_at_a_time = self.0.rooms.worlds.lock().await;
            let known = self.store().worlds().await?.into_iter().find(|known| known.id == world);
            match known {
                Some(mut known) if known.roles.get(&entity).copied().unwrap_or_default() != role => {
                    if role == Role::Guest {
                        known.roles.remove(&entity);
                    } else {
                        known.roles.insert(entity, role);
                    }
                    self.store().put_worlds(&[known]).await?;
                    return Ok(());
                }
                Some(_) => return Ok(()),
                None => {
                    let roles = [(entity, role)].into_iter().filter(|(_, role)| *role != Role::Guest);
                    self.new_world(world, name.to_owned(), roles.collect()).await?
                }
            }
        };
        self.tell_joined(vec![super::address::Joined::World(known)]).await;
        Ok(())
    }
}
