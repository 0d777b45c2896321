//! What plugin authors need: `use galatea::prelude::*;`.

pub use crate::{
    action, config, evaluator, model, on, on_load, on_unload, plugin, plugin_test, provider, service,
    storage, validate,
};
pub use crate::{
    action::ActionResult,
    agent::Agent,
    character::Secret,
    evaluator::Evaluation,
    extract::{
        Args, Cancelled, Chunks, Clock, Config, Event, Events, Extract, History, Memories, Message, Models,
        Place, Previous, Replies, Reply, Request, Service, Snapshot, State, Steps,
    },
    memory::{Content, Memory, MemoryKind},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest},
    provider::Context,
    store::Store,
};
