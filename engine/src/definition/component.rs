//! The definitions of a plugin's parts.

use super::{Call, HandlerError, HandlerFuture, KindDef, Origin, PermissionDef, PermissionKind};
use crate::{
    action::ActionResult,
    evaluator::{Evaluation, Evaluations},
    extract::{ExtractError, Invocation, Signature},
    memory::Memory,
    memory::Role,
    model::{ModelAnswer, ModelError, ModelKind},
    provider::{Context, Subscription},
    store::{Restored, Store},
};
use std::{any::Any, any::TypeId, path::Path, sync::Arc, time::Duration};

/// A line of dialogue that shows when a part is used: what somebody says and what the agent answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the user says.
    pub user: &'static str,
    /// What the agent says; empty where it only acts.
    pub agent: &'static str,
}

/// A limit like `10/min`, counted per [`LimitScope`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many calls.
    pub calls: u32,
    /// In how much time.
    pub per: Duration,
    /// Counted for whom. Default: for each user.
    pub scope: LimitScope,
}

/// Whom a limit counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitScope {
    /// Each entity that sends messages.
    User,
    /// Each room.
    Room,
    /// The agent as a whole.
    Agent,
}

/// That a person must allow each use of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApprovalDef {
    /// Who may answer: this role in the world of the room, or a higher one. `None`: whoever may use the action,
    /// the one who asked for it among them.
    pub by: Option<Role>,
    /// How long an answer is waited for. Default 1 h. Without one the action is not run.
    pub expires: Duration,
}

/// What a validate stage says: run, or not and why.
pub type ValidateCall = Call<Result<Result<(), String>, ExtractError>>;

/// An action: something the agent can do.
#[derive(Debug)]
pub struct ActionDef {
    /// The name in SCREAMING_SNAKE_CASE, unique in an agent.
    pub name: &'static str,
    /// The doc comment: what the model reads to decide when to use it.
    pub description: &'static str,
    /// Other names by which a model or a user may call it.
    pub similes: &'static [&'static str],
    /// Dialogue that shows its use.
    pub examples: &'static [Example],
    /// Free labels.
    pub tags: &'static [&'static str],
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// Collects what its parameters say of themselves, among it the schema of its arguments.
    pub describe: fn(&mut Signature),
    /// Stages that must all agree before it is offered or run; the first refusal wins.
    pub validate: &'static [ValidateCall],
    /// Higher is offered earlier. Default 0.
    pub priority: i32,
    /// How long it may run. Default 60 s.
    pub timeout: Duration,
    /// How often it may run, if limited.
    pub rate_limit: Option<RateLimit>,
    /// Roles that may use it, lower-case; empty allows everyone.
    pub roles: &'static [&'static str],
    /// What it touches beyond what its plugin declares. Without the character's grant to the plugin it is neither
    /// offered nor run.
    pub permissions: &'static [PermissionDef],
    /// A person must allow each use; who, and how long is waited.
    pub approval: Option<ApprovalDef>,
    /// Running it twice with the same arguments does no harm.
    pub idempotent: bool,
    /// If it fails, the rest of the plan is skipped.
    pub critical: bool,
    /// Runs it.
    pub call: Call<Result<ActionResult, ExtractError>>,
}

/// A provider: something that tells the model about the world before it decides.
#[derive(Debug)]
pub struct ProviderDef {
    /// The name in SCREAMING_SNAKE_CASE, unique in an agent.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// Orders the text; lower stands earlier. Default 0.
    pub position: i32,
    /// Runs only when named.
    pub dynamic: bool,
    /// Runs only when named, and is not in the list of providers that a model sees.
    pub private: bool,
    /// How long it may run before it is left out. Default 5 s.
    pub timeout: Duration,
    /// How long its result may be reused, if at all.
    pub cache: Option<CacheDef>,
    /// Collects what its parameters say of themselves.
    pub describe: fn(&mut Signature),
    /// Runs it.
    pub call: ProviderCall,
}

/// How a provider is run.
#[derive(Clone, Copy, Debug)]
pub enum ProviderCall {
    /// It is asked in each turn.
    Ask(Call<Result<Context, HandlerError>>),
    /// It is called when its plugin is loaded; turns see the latest item of the stream that it gives.
    Subscribe(Call<Result<Subscription, HandlerError>>),
}

/// How long a provider's result may be reused, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct CacheDef {
    /// Fresh for this long.
    pub ttl: Duration,
    /// After that, the old result is given while a new one is made.
    pub stale_while_revalidate: bool,
    /// Who shares a result.
    pub by: CacheScope,
}

/// Who shares a provider's cached result.
#[derive(Clone, Copy, Debug)]
pub enum CacheScope {
    /// Every turn of the agent.
    Agent,
    /// The turns in a room.
    Room,
    /// The turns in a room about messages of one entity. The default: one person's context is nobody else's.
    User,
    /// The turns whose messages give the same text.
    Key(fn(&Memory) -> String),
}

/// An evaluator: something that looks at a turn after the agent answered.
#[derive(Debug)]
pub struct EvaluatorDef {
    /// The name in SCREAMING_SNAKE_CASE, unique in an agent.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// Other names.
    pub similes: &'static [&'static str],
    /// Dialogue that shows what it looks for.
    pub examples: &'static [Example],
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// Runs also when the agent did not respond.
    pub always_run: bool,
    /// Runs before the reply leaves, and may hold or rewrite it.
    pub gate: bool,
    /// How long it may run. Default 30 s.
    pub timeout: Duration,
    /// Stages that must all agree before it runs.
    pub validate: &'static [ValidateCall],
    /// Collects what its parameters say of themselves.
    pub describe: fn(&mut Signature),
    /// Judges several finished turns in one call, if it can; see [`Turns`](crate::extract::Turns).
    pub batch: Option<Call<Result<Evaluations, HandlerError>>>,
    /// Runs it.
    pub call: Call<Result<Option<Evaluation>, HandlerError>>,
}

/// A service object with its type forgotten.
pub type ErasedService = Arc<dyn Any + Send + Sync>;

/// Asks a service how it is.
pub type HealthCall = fn(ErasedService) -> HandlerFuture<'static, Result<(), String>>;

/// Does the long work of a service.
pub type RunCall = fn(ErasedService) -> HandlerFuture<'static, Result<(), String>>;

/// A service: an object that lives as long as its plugin is loaded and that handlers share.
#[derive(Debug)]
pub struct ServiceDef {
    /// The name in kebab-case, from the type; unique in an agent.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The kinds under which others look it up, e.g. `web-search`.
    pub kinds: &'static [KindDef],
    /// What a plugin must declare to use it; `None` for nothing.
    pub permission: Option<PermissionKind>,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// Identity of the type.
    pub type_id: fn() -> TypeId,
    /// Name of the type, for errors.
    pub type_name: fn() -> &'static str,
    /// How long start and stop may take each. Default 10 s.
    pub timeout: Duration,
    /// Collects what the parameters of `start` say of themselves, among it the services it needs.
    pub describe: fn(&mut Signature),
    /// Makes the service.
    pub start: Call<Result<ErasedService, HandlerError>>,
    /// Ends it.
    pub stop: fn(ErasedService) -> HandlerFuture<'static, Result<(), HandlerError>>,
    /// Asks it how it is; `None` where the service has no `health`.
    pub health: Option<HealthCall>,
    /// How often it is asked how it is while it runs; `None` for never.
    pub health_every: Option<Duration>,
    /// Its long work, from its start to its end; `None` where the service has no `run`.
    pub run: Option<RunCall>,
}

/// A model handler: code that serves one or more kinds of model.
#[derive(Debug)]
pub struct ModelDef {
    /// The function's name, for errors and records.
    pub name: &'static str,
    /// The doc comment.
    pub description: &'static str,
    /// The plugin it belongs to; also the provider name by which a character picks it.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// What it serves.
    pub kinds: &'static [ModelKind],
    /// Higher is chosen first; `None` takes the plugin's priority.
    pub priority: Option<i32>,
    /// It takes tools as such; otherwise the engine describes actions in the prompt.
    pub tools: bool,
    /// The key of the plugin's config (`model.embedding`) without which it serves nothing; `None`: it always serves.
    pub config: Option<&'static str>,
    /// Collects what its parameters say of themselves.
    pub describe: fn(&mut Signature),
    /// Runs it.
    pub call: Call<Result<ModelAnswer, ModelError>>,
}

impl ModelDef {
    /// Whether it serves with this config of its plugin.
    #[must_use]
    pub fn is_configured(&self, config: &serde_json::Value) -> bool {
        let Some(key) = self.config else { return true };
        let value = key.split('.').try_fold(config, |value, key| value.get(key));
        value.is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    }
}

/// The queue of an event handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueDef {
    /// How many events may wait, at least 1. Default 100.
    pub capacity: usize,
    /// What happens to one event more. Default: the oldest is dropped.
    pub full: WhenFull,
}

/// What happens when one event more comes than may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Who emits waits for space, at most 30 s.
    Wait,
    /// The event that waits longest is dropped.
    DropOldest,
    /// The new event is dropped.
    DropNewest,
}

/// An event handler.
#[derive(Debug)]
pub struct ListenerDef {
    /// The function's name, for errors and records.
    pub name: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// The event it listens to, e.g. `MESSAGE_RECEIVED`.
    pub event: &'static str,
    /// The queue on whose other end it runs; `None`: it runs where the event is emitted, which waits for it.
    pub queue: Option<QueueDef>,
    /// Collects what its parameters say of themselves.
    pub describe: fn(&mut Signature),
    /// Runs it.
    pub call: Call<Result<(), HandlerError>>,
}

/// A storage adapter: where the agent keeps its memories. At most one a character.
#[derive(Debug)]
pub struct StorageDef {
    /// The function's name, for errors and records.
    pub name: &'static str,
    /// The plugin it belongs to.
    pub plugin: &'static str,
    /// Where it is declared.
    pub origin: Origin,
    /// Opens it.
    pub open: Call<Result<Arc<dyn Store>, HandlerError>>,
    /// Puts a copy, as `UpkeepStore::back_up` wrote it, in the place of what is stored; `None` where it cannot.
    pub restore: Option<RestoreCall>,
}

/// Puts the copy in a file in the place of a storage that is not open.
pub type RestoreCall =
    for<'a> fn(&'a Invocation, &'a Path) -> HandlerFuture<'a, Result<Restored, HandlerError>>;

/// One definition, as the macros submit it to `inventory`.
#[derive(Clone, Copy, Debug)]
pub enum Submission {
    /// A plugin.
    Plugin(&'static super::PluginDef),
    /// An action.
    Action(&'static ActionDef),
    /// A provider.
    Provider(&'static ProviderDef),
    /// An evaluator.
    Evaluator(&'static EvaluatorDef),
    /// A service.
    Service(&'static ServiceDef),
    /// A model handler.
    Model(&'static ModelDef),
    /// An event handler.
    Listener(&'static ListenerDef),
    /// A storage adapter.
    Storage(&'static StorageDef),
    /// A route.
    Route(&'static super::RouteDef),
    /// A type of entity components.
    ComponentType(&'static super::ComponentTypeDef),
    /// A task.
    Task(&'static super::TaskDef),
    /// A load or unload hook.
    Hook(&'static super::HookDef),
    /// A middleware.
    Middleware(&'static super::MiddlewareDef),
    /// A test that a plugin ships.
    Test(&'static super::TestDef),
    /// The migrations of a plugin's tables.
    Migrations(&'static super::MigrationsDef),
}

inventory::collect!(Submission);
