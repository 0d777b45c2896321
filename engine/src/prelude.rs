//! What plugin authors need: `use galatea::prelude::*;`.

pub use crate::batch;
pub use crate::{
    action, component, compose, config, evaluator, middleware, model, on, on_load, on_unload, plugin,
    plugin_test, provider, route, service, storage, task, validate,
};
pub use crate::{
    action::ActionResult,
    agent::{Agent, Plugins},
    character::Secret,
    citation::Citation,
    component::{Component, Components},
    evaluator::Evaluation,
    event::Subscription,
    extract::{
        Args, AskedKind, Attached, Cancelled, Chunks, Clock, Compose, Config, Event, Events, Extract,
        History, IdempotencyKey, Kind, Kinds, Memories, Message, Models, Place, Previous, Replies, Reply,
        Request, Search, Service, Snapshot, State, Steps, TaskRun, Turns,
    },
    memory::{Content, Memory, MemoryKind},
    middleware::{Middleware, Outcome, from_fn},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest},
    offer::{OfferedAction, Offers},
    provider::{Context, Stream},
    route::{Caller, RouteError},
    search::SearchQuery,
    service::{Analytics, Cache, Embeddings, Pool, ServiceKind, kind::Media},
    store::Store,
    task::{NewTask, Tasks, When},
};
