//! What plugin authors need: `use galatea::prelude::*;`.

pub use crate::{
    action, config, evaluator, model, on, on_load, on_unload, plugin, provider, service, storage, validate,
};
pub use crate::{
    action::ActionResult,
    agent::Agent,
    character::Secret,
    evaluator::Evaluation,
    extract::{
        Args, Cancelled, Chunks, Clock, Config, Event, Events, Extract, History, Kind, Kinds, Memories,
        Message, Models, Place, Previous, Replies, Reply, Request, Service, Snapshot, State, Steps,
    },
    memory::{Content, Memory, MemoryKind},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest},
    provider::Context,
    service::{Analytics, Cache, Embeddings, Pool, ServiceKind},
    store::Store,
};
