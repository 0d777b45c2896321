//! What connectors tell of rooms and worlds, apart from messages, and what the agent says outside of turns. Each changes
//! the storage first and then emits its event.

use super::{Agent, address::Joined};
use crate::{
    event::{
        Control, ControlMessage, EntityLeft, EntityUpdated, InteractionReceived, MessageDeleted, MessageSent,
        PostGenerated, ReactionReceived, RoomCleared, RoomLeft, VoiceMessageReceived, VoiceMessageSent,
        WorldConnected, WorldLeft,
    },
    memory::{Content, Entity, Memory, MemoryKind, Room, RoomKind, World},
    store::{MemoryQuery, StoreError, Window},
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// What a reaction is stored as.
const REACTION: &str = "reaction";

/// How many memories are deleted at once when a room is cleared.
const CLEARED_AT_ONCE: usize = 500;

impl Agent {
    /// A connector is connected to a world, by the names of its platform. The world becomes known if it was not.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn connect_world(&self, source: &str, name: &str) -> Result<World, StoreError> {
        let id = self.world_id(source, name);
        let (world, is_new) = {
            let _one_at_a_time = self.0.rooms.worlds.lock().await;
            match self.store().worlds().await?.into_iter().find(|world| world.id == id) {
                Some(world) => (world, false),
                None => (self.new_world(id, name.to_owned(), BTreeMap::new()).await?, true),
            }
        };
        if is_new {
            self.tell_joined(vec![Joined::World(world.clone())]).await;
        }
        self.emit(WorldConnected { world: world.clone() }).await;
        Ok(world)
    }

    /// Leaves a world and every room in it; `false` if it is not known. What was said there stays remembered.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn leave_world(&self, world: Uuid) -> Result<bool, StoreError> {
        let store = self.store();
        if !store.worlds().await?.iter().any(|known| known.id == world) {
            return Ok(false);
        }
        for room in store.rooms().await?.iter().filter(|room| room.world == Some(world)) {
            self.leave_room(room.id).await?;
        }
        self.emit(WorldLeft { world }).await;
        Ok(true)
    }

    /// Leaves a room; `false` if the agent is not in it. What was said there stays remembered; a message from there brings the
    /// agent back.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn leave_room(&self, room: Uuid) -> Result<bool, StoreError> {
        let left = self.take_out(room, self.id()).await?;
        if left {
            self.emit(RoomLeft { room }).await;
        }
        Ok(left)
    }

    /// An entity left a room; `false` if it was not in it.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn entity_left(&self, room: Uuid, entity: Uuid) -> Result<bool, StoreError> {
        let left = self.take_out(room, entity).await?;
        if left {
            self.emit(EntityLeft { entity, room }).await;
        }
        Ok(left)
    }

    async fn take_out(&self, room: Uuid, entity: Uuid) -> Result<bool, StoreError> {
        // While a message of the room is accepted, who is in it is being found out.
        let _lane = self.0.rooms.lane(room).await;
        let store = self.store();
        let there = store.snapshot(room, Window::default()).await?.participants;
        if !there.iter().any(|participant| participant.id == entity) {
            return Ok(false);
        }
        store.remove_participants(room, &[entity]).await?;
        self.0.rooms.forget();
        Ok(true)
    }

    /// Writes down what is known of an entity, new or changed.
    ///
    /// # Errors
    /// If the storage fails or the entity is another agent's.
    pub async fn update_entity(&self, entity: Entity) -> Result<(), StoreError> {
        self.store().put_entities(std::slice::from_ref(&entity)).await?;
        self.emit(EntityUpdated { entity }).await;
        Ok(())
    }

    /// Forgets a message; `false` if it is not known. A turn about it that runs goes on.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn delete_message(&self, message: Uuid) -> Result<bool, StoreError> {
        let store = self.store();
        let Some(memory) = store.memories_by_id(&[message]).await?.into_iter().next() else {
            return Ok(false);
        };
        if store.delete_memories(&[message]).await? == 0 {
            return Ok(false);
        }
        self.emit(MessageDeleted { message, room: memory.room }).await;
        Ok(true)
    }

    /// Forgets every message and every action result of a room; how many those were. Facts and documents stay.
    ///
    /// # Errors
    /// If the storage fails; some may be deleted then.
    pub async fn clear_room(&self, room: Uuid) -> Result<usize, StoreError> {
        let store = self.store();
        let mut memories = 0;
        for kind in [MemoryKind::Message, MemoryKind::ActionResult] {
            let query = MemoryQuery {
                room: Some(room),
                kind: Some(kind),
                limit: CLEARED_AT_ONCE,
                ..MemoryQuery::default()
            };
            loop {
                let ids: Vec<Uuid> = store.memories(&query).await?.iter().map(|memory| memory.id).collect();
                if ids.is_empty() {
                    break;
                }
                memories += store.delete_memories(&ids).await?;
            }
        }
        self.emit(RoomCleared { room, memories }).await;
        Ok(memories)
    }

    /// Somebody reacted to a message with an emoji or a word. It is stored as a memory of the kind `reaction` and is not
    /// answered; `None` if the message is not known.
    ///
    /// # Errors
    /// If the storage fails.
    pub async fn react(
        &self,
        message: Uuid,
        from: &str,
        reaction: &str,
    ) -> Result<Option<Arc<Memory>>, StoreError> {
        let Some(about) = self.store().memories_by_id(&[message]).await?.into_iter().next() else {
            return Ok(None);
        };
        let source = about.content.source.clone().unwrap_or_default();
        let entity = self.entity_id(&source, from);
        let there = self.store().snapshot(about.room, Window::default()).await?.participants;
        if !there.iter().any(|participant| participant.id == entity) {
            let joined = self.make_entity(entity, from, about.room).await?;
            self.tell_joined(vec![Joined::Entity(joined, about.room)]).await;
        }
        let content = Content { in_reply_to: Some(message), source: Some(source), ..Content::text(reaction) };
        let kind = MemoryKind::Custom(REACTION.to_owned());
        let stored =
            self.keep(Memory { entity, ..self.new_memory(kind, about.room, about.world, content) }).await?;
        self.emit(ReactionReceived { reaction: Arc::clone(&stored) }).await;
        Ok(Some(stored))
    }

    /// Says something in a room without having been asked, e.g. from a task: stored, then told. Gates are not asked, since
    /// there is no turn. `None` if the room is not known.
    ///
    /// # Errors
    /// If the storage fails; then it was not said either.
    pub async fn tell(
        &self,
        room: Uuid,
        content: impl Into<Content>,
    ) -> Result<Option<Arc<Memory>>, StoreError> {
        let Some(known) = self.store().snapshot(room, Window::default()).await?.room else {
            return Ok(None);
        };
        let mut content = content.into();
        content.source.get_or_insert_with(|| known.source.clone());
        let stored = self.keep(self.new_memory(MemoryKind::Message, room, known.world, content)).await?;
        self.announce(&stored, Some(&known)).await;
        Ok(Some(stored))
    }

    /// Tells the place where people type in a room what to do. Nothing is stored; who shows the room listens to
    /// `CONTROL_MESSAGE`.
    pub async fn control(&self, room: Uuid, control: Control, target: Option<String>) {
        self.emit(ControlMessage { room, control, target }).await;
    }

    fn new_memory(&self, kind: MemoryKind, room: Uuid, world: Option<Uuid>, content: Content) -> Memory {
        Memory {
            id: Uuid::now_v7(),
            kind,
            agent: self.id(),
            entity: self.id(),
            room,
            world,
            at: self.clock().now(),
            sequence: 0,
            content,
            metadata: Value::Null,
        }
    }

    async fn keep(&self, memory: Memory) -> Result<Arc<Memory>, StoreError> {
        let stored = self.store().add_memories(std::slice::from_ref(&memory)).await?;
        let sequence = stored.first().map_or(0, |(sequence, _)| *sequence);
        Ok(Arc::new(Memory { sequence, ..memory }))
    }

    /// Tells that something was said that is stored: as a message, and as what it is beyond that.
    pub(crate) async fn announce(&self, message: &Arc<Memory>, room: Option<&Room>) {
        self.emit(MessageSent { message: Arc::clone(message) }).await;
        if is_voice(message, room) {
            self.emit(VoiceMessageSent { message: Arc::clone(message) }).await;
        }
        if is_feed(room) && message.content.in_reply_to.is_none() {
            self.emit(PostGenerated { post: Arc::clone(message) }).await;
        }
    }

    /// Tells what a message that came in is beyond a message.
    pub(super) async fn tell_of_kind(&self, message: &Arc<Memory>, room: Option<&Room>) {
        if is_voice(message, room) {
            self.emit(VoiceMessageReceived { message: Arc::clone(message) }).await;
        }
        if is_feed(room) {
            self.emit(InteractionReceived { message: Arc::clone(message) }).await;
        }
    }
}

fn is_feed(room: Option<&Room>) -> bool {
    room.is_some_and(|room| room.kind == RoomKind::Feed)
}

fn is_voice(message: &Memory, room: Option<&Room>) -> bool {
    let in_voice_room =
        room.is_some_and(|room| matches!(room.kind, RoomKind::VoiceDm | RoomKind::VoiceGroup));
    let mut media =
        message.content.attachments.iter().filter_map(|attachment| attachment.media_type.as_ref());
    in_voice_room || media.any(|kind| kind.starts_with("audio/"))
}
