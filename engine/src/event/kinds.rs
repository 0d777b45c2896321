//! The engine's own events.

use super::EventType;
use crate::{
    action::ActionResult,
    agent::LoadReport,
    budget::Money,
    evaluator::Evaluation,
    memory::{Entity, Memory, Room, World},
    model::{ModelKind, Purpose, Usage},
    turn::Approval,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

/// What a place where people type shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// Let people type.
    EnableInput,
    /// Do not let people type.
    DisableInput,
}

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
    /// The messages of a room were deleted. elizaOS calls it `CHANNEL_CLEARED`.
    RoomCleared = "ROOM_CLEARED" {
        /// The room's id.
        room: Uuid,
        /// How many memories were deleted: messages and results of actions.
        memories: usize,
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
    /// Somebody answered to a post: a message in a feed. Comes after `MESSAGE_RECEIVED`.
    InteractionReceived = "INTERACTION_RECEIVED" {
        /// The message.
        message: Arc<Memory>,
    }
    /// The agent wrote a post: a message in a feed that answers nobody. Comes after `MESSAGE_SENT`.
    PostGenerated = "POST_GENERATED" {
        /// The post.
        post: Arc<Memory>,
    }
    /// A voice message was accepted: one in a voice room, or with sound attached. Comes after `MESSAGE_RECEIVED`.
    VoiceMessageReceived = "VOICE_MESSAGE_RECEIVED" {
        /// The message.
        message: Arc<Memory>,
    }
    /// The agent sent a voice message: one in a voice room, or with sound attached. Comes after `MESSAGE_SENT`.
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
        /// start takes it up, `waiting` if it goes on when a person has allowed or forbidden an action, `parked` if it was
        /// set aside.
        status: String,
        /// How long it took, in microseconds.
        micros: u64,
        /// Why it failed.
        error: Option<String>,
    }
    /// A message was set aside: its turn brought the process down, or could not be run, as often as the character
    /// allows. Comes before `RUN_ENDED`.
    MessageParked = "MESSAGE_PARKED" {
        /// The run.
        run: Uuid,
        /// Its room.
        room: Uuid,
        /// The message.
        message: Uuid,
        /// How often its turn was begun.
        attempts: u32,
        /// Why it was set aside.
        why: String,
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
    /// An action that runs tells how far it is.
    ActionProgress = "ACTION_PROGRESS" {
        /// The run; `None` outside of turns.
        run: Option<Uuid>,
        /// The room.
        room: Option<Uuid>,
        /// The action.
        action: String,
        /// How far it is, growing.
        progress: f64,
        /// How much there is to do, if that is known.
        total: Option<f64>,
        /// What it does, in words.
        message: Option<String>,
    }
    /// A plugin offers other actions than before at run time, from the next turn on.
    ActionsOffered = "ACTIONS_OFFERED" {
        /// The plugin.
        plugin: String,
        /// The list that was replaced, by its name in the plugin.
        group: String,
        /// The actions of that list now.
        actions: Vec<String>,
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
    /// An action waits for a person to allow it; the question was said in the room.
    ApprovalRequested = "APPROVAL_REQUESTED" {
        /// What waits, for whom, until when.
        approval: Approval,
    }
    /// An action was allowed or not, or nobody said so in time.
    ApprovalAnswered = "APPROVAL_ANSWERED" {
        /// What waited, with the answer.
        approval: Approval,
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
    /// The stream of a subscribing provider ended, failed or panicked; it is started again.
    ProviderEnded = "PROVIDER_ENDED" {
        /// The provider.
        provider: String,
        /// Its plugin.
        plugin: String,
        /// Why it ended.
        why: String,
        /// After how many milliseconds it is started again.
        pause: u64,
    }
    /// A model was asked: it answered, or it failed and another one is asked.
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
        /// What it cost; `None` if the price of the model is not known.
        cost: Option<Money>,
        /// How long it took, in microseconds.
        micros: u64,
        /// How long it took until the first piece came, in microseconds; `None` where the answer came in one.
        first_micros: Option<u64>,
        /// Why it did not answer; `None` if it did.
        error: Option<String>,
    }
    /// Embeddings are asked for.
    EmbeddingGenerationRequested = "EMBEDDING_GENERATION_REQUESTED" {
        /// The run, if it is in one.
        run: Option<Uuid>,
    }
    /// Embeddings were made; comes once for each `EMBEDDING_GENERATION_REQUESTED` that did not fail.
    EmbeddingGenerationCompleted = "EMBEDDING_GENERATION_COMPLETED" {
        /// The run, if it was in one.
        run: Option<Uuid>,
        /// The model's own name.
        model: String,
        /// How long it took, in microseconds.
        micros: u64,
    }
    /// No embeddings were made; comes once for each `EMBEDDING_GENERATION_REQUESTED` that failed.
    EmbeddingGenerationFailed = "EMBEDDING_GENERATION_FAILED" {
        /// The run, if it was in one.
        run: Option<Uuid>,
        /// Why.
        error: String,
    }
    /// Memories were given their vectors: during and after a long list of them, e.g. because the embedding model was changed,
    /// and after a short one.
    EmbeddingProgress = "EMBEDDING_PROGRESS" {
        /// How far it is.
        progress: crate::search::Progress,
    }
    /// The place where people type shall do something.
    ControlMessage = "CONTROL_MESSAGE" {
        /// The room.
        room: Uuid,
        /// What to do.
        control: Control,
        /// Which part of the place; `None`: the place as a whole.
        target: Option<String>,
    }
    /// An attempt to run a task begins.
    TaskStarted = "TASK_STARTED" {
        /// The task's id.
        task: Uuid,
        /// Its name.
        name: String,
        /// Its plugin.
        plugin: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// When it was due.
        due: Timestamp,
    }
    /// An attempt to run a task went well.
    TaskCompleted = "TASK_COMPLETED" {
        /// The task's id.
        task: Uuid,
        /// Its name.
        name: String,
        /// Its plugin.
        plugin: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// How long it took, in microseconds.
        micros: u64,
        /// When it is due again; `None`: never.
        next: Option<Timestamp>,
    }
    /// An attempt to run a task failed, or how it ended is not known.
    TaskFailed = "TASK_FAILED" {
        /// The task's id.
        task: Uuid,
        /// Its name.
        name: String,
        /// Its plugin.
        plugin: String,
        /// Which attempt, from 1.
        attempt: u32,
        /// Why.
        error: String,
        /// The process or the agent ended in the middle: whether it took effect is not known.
        unknown: bool,
        /// When it is tried again, or due again; `None`: never.
        next: Option<Timestamp>,
    }
    /// A plugin reached a step of its life.
    PluginStep = "PLUGIN_STEP" {
        /// The plugin.
        plugin: String,
        /// The step.
        step: crate::agent::LoadStep,
    }
    /// Every plugin is loaded; messages and tasks begin to be handled.
    LoadReported = "LOAD_REPORTED" {
        /// What happened to each plugin.
        report: LoadReport,
    }
    /// What the agent runs with was changed: plugins, or the character's texts and limits.
    PluginsChanged = "PLUGINS_CHANGED" {
        /// What became of each plugin, and what is new in the character.
        report: crate::agent::ChangeReport,
    }
    /// The character file was saved, and what it says is what the agent runs with now.
    CharacterChanged = "CHARACTER_CHANGED" {
        /// The file.
        path: String,
        /// What that changed; nothing where a mistake was taken back.
        report: crate::agent::ChangeReport,
    }
    /// The character file was saved with a mistake, or what it says was refused; the agent runs as before.
    CharacterRejected = "CHARACTER_REJECTED" {
        /// The file.
        path: String,
        /// What is wrong with it, drawn as `galatea check` draws it, without colours.
        diagnostics: String,
        /// The same as data.
        #[serde(skip)]
        report: Arc<crate::diagnostic::Report>,
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
