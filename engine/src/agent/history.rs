//! What was said in a room before the agent hears of it: it is remembered, and not answered.

use super::{
    Agent,
    address::{Address, Ids, Incoming},
    inbox::AcceptError,
};
use crate::{
    memory::{Content, Memory, MemoryKind},
    store::StoreError,
};
use serde_json::Value;
use uuid::Uuid;

/// Something that was said in a room before.
#[derive(Clone, Debug)]
pub struct Past {
    /// Identifies it; the same id twice is remembered once. Made if not given.
    pub id: Option<Uuid>,
    /// Who said it, by the name or id on the platform; `None`: the agent itself.
    pub from: Option<String>,
    /// What was said.
    pub content: Content,
}

impl Agent {
    /// Makes a place and somebody there known, as a message from there does, and remembers what was said there before, oldest
    /// first. No turn begins about any of it, also not after a restart, and what the agent is told to have said is not
    /// delivered. Gives how much of it is new. An empty `past` makes the place known and nothing else.
    ///
    /// # Errors
    /// [`AcceptError`]; then nothing of `past` is stored.
    pub async fn recount(
        &self,
        address: &Address,
        with: &str,
        past: Vec<Past>,
    ) -> Result<usize, AcceptError> {
        let (agent, address, with) = (self.live(), address.clone(), with.to_owned());
        // On a task of its own, as a message that is accepted: a caller that goes away leaves nothing half known.
        let told = self.0.tasks.spawn(async move { agent.learn(address, with, past).await }).await;
        told.unwrap_or_else(|error| Err(StoreError::Failed(format!("remembering it ended: {error}")).into()))
    }

    async fn learn(&self, address: Address, with: String, past: Vec<Past>) -> Result<usize, AcceptError> {
        let incoming = |from: String| Incoming {
            id: None,
            address: address.clone(),
            from,
            founder: false,
            content: Content::default(),
        };
        let mut speakers = vec![with.clone()];
        for name in past.iter().filter_map(|past| past.from.as_ref()) {
            if !speakers.contains(name) {
                speakers.push(name.clone());
            }
        }
        let ids = self.ids(&incoming(with));
        let lane = self.0.rooms.lane(ids.room).await;
        self.may_accept(ids)?;
        let mut joined = Vec::new();
        let mut connected = Ok(());
        for speaker in speakers {
            let speaker = incoming(speaker);
            connected = connected.and(self.connect(&speaker, self.ids(&speaker), &mut joined).await);
        }
        let added = match connected {
            Ok(()) => {
                let memories: Vec<Memory> =
                    past.into_iter().map(|past| self.past_memory(past, &address, ids)).collect();
                self.store().add_history(&memories).await
            }
            Err(error) => Err(error),
        };
        // Who hears of it may send a message to this room.
        drop(lane);
        self.tell_joined(joined).await;
        Ok(added?.iter().filter(|(_, is_new)| *is_new).count())
    }

    fn past_memory(&self, past: Past, address: &Address, ids: Ids) -> Memory {
        let source = &address.source;
        let mut content = past.content;
        content.source.get_or_insert_with(|| source.clone());
        Memory {
            id: past.id.unwrap_or_else(Uuid::now_v7),
            kind: MemoryKind::Message,
            agent: self.id(),
            entity: past.from.map_or(self.id(), |from| self.entity_id(source, &from)),
            room: ids.room,
            world: ids.world,
            at: self.clock().now(),
            sequence: 0,
            content,
            metadata: Value::Null,
        }
    }
}
