//! The engine's own events.

use super::EventType;
use crate::{
    action::ActionResult,
    evaluator::Evaluation,
    memory::{Entity, Memory, Room, World},
    model::{ModelKind, Purpose, Usage},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

macro_rules! events {
    ($($(#[$doc:meta])* $type:ident = $name:literal { $($(#[$field_doc:meta])* $field:ident: $field_type:ty,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub struct $type { $($(#[$field_doc])* pub $field: $field_type,)* }

        impl EventType for $type {
            const NAME: &'static str = $name;
        }
    )*
        /// The names of every event of the engine, sorted as they are declared.
        pub const EVENT_NAMES: &[&str] = &[$($name),*];
    };
}

events! {
    /// A world became known.
    WorldJoined = "WORLD_JOINED" {
        /// The world.
        world: World,
    }
    /// A connector is connected to a world.
    WorldConnected = "WORLD_CONNECTED" {
        /// The world.
        world: World,
    }
    /// The agent left a world.
    WorldLeft = "WORLD_LEFT" {
        /// The world's id.
        world: Uuid,
    }
    /// An entity appeared in a room for the first time.
    EntityJoined = "ENTITY_JOINED" {
        /// The entity.
        entity: Entity,
        /// The room.
        room: Uuid,
    }
    /// An entity left a room.
    EntityLeft = "ENTITY_LEFT" {
        /// The entity's id.
        entity: Uuid,
        /// The room.
        room: Uuid,
    }
    /// What is known of an entity changed.
    EntityUpdated = "ENTITY_UPDATED" {
        /// The entity.
        entity: Entity,
    }
    /// A room became known.
    RoomJoined = "ROOM_JOINED" {
        /// The room.
        room: Room,
    }
    /// The agent left a room.
    RoomLeft = "ROOM_LEFT" {
        /// The room's id.
        room: Uuid,
    }
    /// A message was accepted and stored.
    MessageReceived = "MESSAGE_RECEIVED" {
        /// The message.
        message: Arc<Memory>,
    }
    /// The agent said something; it is stored.
    MessageSent = "MESSAGE_SENT" {
        /// What it said.
        message: Arc<Memory>,
    }
    /// A message was deleted.
    MessageDeleted = "MESSAGE_DELETED" {
        /// The message's id.
        message: Uuid,
        /// Its room.
        room: Uuid,
    }
    /// Somebody reacted to a message.
    ReactionReceived = "REACTION_RECEIVED" {
        /// The reaction, as a memory whose text is the emoji or word.
        reaction: Arc<Memory>,
    }
    /// A voice message was accepted.
    VoiceMessageReceived = "VOICE_MESSAGE_RECEIVED" {
        /// The message.
        message: Arc<Memory>,
    }
    /// The agent sent a voice message.
    VoiceMessageSent = "VOICE_MESSAGE_SENT" {
        /// What it said.
        message: Arc<Memory>,
    }
    /// A turn began.
    RunStarted = "RUN_STARTED" {
        /// The run.
        run: Uuid,
        /// Its room.
        room: Uuid,
        /// The message it is about.
        message: Uuid,
    }
    /// A turn ended.
    RunEnded = "RUN_ENDED" {
        /// The run.
        run: Uuid,
        /// Its room.
        room: Uuid,
        /// The message it is about.
        message: Uuid,
        /// How it ended: `completed`, `failed`, `timeout`, `cancelled`, `interrupted`; `running` if the next
        /// start takes it up.
        status: String,
        /// How long it took, in microseconds.
        micros: u64,
        /// Why it failed.
        error: Option<String>,
    }
    /// A turn reached its time limit.
    RunTimeout = "RUN_TIMEOUT" {
        /// The run.
        run: Uuid,
        /// Its room.
        room: Uuid,
        /// The message it is about.
        message: Uuid,
    }
    /// An action begins.
    ActionStarted = "ACTION_STARTED" {
        /// The run.
        run: Uuid,
        /// The room.
        room: Uuid,
        /// The action.
        action: String,
        /// The arguments.
        arguments: Map<String, Value>,
        /// Its place in the plan, from 1.
        step: usize,
        /// How many steps the plan has.
        steps: usize,
    }
    /// An action ended; comes once for each `ACTION_STARTED`, also on failure.
    ActionCompleted = "ACTION_COMPLETED" {
        /// The run.
        run: Uuid,
        /// The room.
        room: Uuid,
        /// The action.
        action: String,
        /// What it gave.
        result: ActionResult,
        /// How long it took, in microseconds.
        micros: u64,
    }
    /// An evaluator begins.
    EvaluatorStarted = "EVALUATOR_STARTED" {
        /// The run.
        run: Uuid,
        /// The evaluator.
        evaluator: String,
    }
    /// An evaluator ended; comes once for each `EVALUATOR_STARTED`.
    EvaluatorCompleted = "EVALUATOR_COMPLETED" {
        /// The run.
        run: Uuid,
        /// The evaluator.
        evaluator: String,
        /// What it thinks, if anything.
        evaluation: Option<Evaluation>,
        /// Why it failed.
        error: Option<String>,
    }
    /// A model answered.
    ModelUsed = "MODEL_USED" {
        /// The run, if it was in one.
        run: Option<Uuid>,
        /// The plugin that served it.
        provider: String,
        /// The kind asked for.
        kind: ModelKind,
        /// The model's own name.
        model: String,
        /// Why it was asked.
        purpose: Purpose,
        /// Tokens used.
        usage: Usage,
        /// How long it took, in microseconds.
        micros: u64,
    }
    /// A plugin reached a step of its life.
    PluginStep = "PLUGIN_STEP" {
        /// The plugin.
        plugin: String,
        /// The step.
        step: crate::agent::LoadStep,
    }
    /// A service runs: for the first time, or again after it had failed.
    ServiceUp = "SERVICE_UP" {
        /// The service.
        service: String,
        /// Its plugin.
        plugin: String,
    }
    /// A service had failed and was started anew.
    ServiceRestarted = "SERVICE_RESTARTED" {
        /// The service.
        service: String,
        /// Its plugin.
        plugin: String,
        /// Why it had failed, or why the try before this one failed.
        why: String,
        /// Which try this was since it last ran for five minutes, from 1.
        tries: u32,
    }
    /// A service failed too often; it is tried again only when somebody uses it.
    ServiceDown = "SERVICE_DOWN" {
        /// The service.
        service: String,
        /// Its plugin.
        plugin: String,
        /// Why the last try failed.
        why: String,
        /// Since when it is down.
        since: jiff::Timestamp,
    }
}
