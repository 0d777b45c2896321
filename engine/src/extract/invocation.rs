//! What a handler is called with, before its parameters are made of it.

use super::{ExtractError, TaskRun};
use crate::{
    agent::Agent,
    definition::PluginDef,
    evaluator::FinishedTurn,
    event::AnyEvent,
    model::{ModelKind, ModelRequest, TextSink},
    route::RouteRequest,
    turn::TurnContext,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// One call of a handler. Extractors read from it; handlers never see it.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The agent.
    pub agent: Agent,
    /// The plugin whose handler is called.
    pub plugin: &'static PluginDef,
    /// The turn it belongs to, if any.
    pub turn: Option<Arc<TurnContext>>,
    /// What this call is about.
    pub input: Input,
}

/// What a call is about, apart from the turn.
#[derive(Clone, Debug)]
pub enum Input {
    /// Nothing more.
    None,
    /// The arguments of an action.
    Arguments(Arc<Map<String, Value>>),
    /// A request to a model, where its text goes while it is made, and the kind that is asked for.
    Request(Arc<ModelRequest>, TextSink, ModelKind),
    /// The reply that a gate evaluator shall judge.
    Reply(Arc<str>),
    /// The finished turns that the batch form of an evaluator shall judge.
    Turns(Arc<[FinishedTurn]>),
    /// An event.
    Event(Arc<dyn AnyEvent>),
    /// A request over HTTP.
    Route(Arc<RouteRequest>),
    /// An attempt to run a task, and its arguments.
    Task(TaskRun, Arc<Map<String, Value>>),
}

impl Invocation {
    /// A call outside any turn.
    #[must_use]
    pub fn of(agent: Agent, plugin: &'static PluginDef) -> Self {
        Self { agent, plugin, turn: None, input: Input::None }
    }

    /// The turn, or the error of a parameter that needs one.
    ///
    /// # Errors
    /// [`ExtractError::OutsideTurn`] with the parameter's name.
    pub fn turn(&self, parameter: &'static str) -> Result<&Arc<TurnContext>, ExtractError> {
        self.turn.as_ref().ok_or(ExtractError::OutsideTurn(parameter))
    }

    /// The arguments of an action or of a task.
    #[must_use]
    pub fn arguments(&self) -> Option<&Map<String, Value>> {
        match &self.input {
            Input::Arguments(arguments) | Input::Task(_, arguments) => Some(arguments),
            _ => None,
        }
    }

    /// What the character grants this plugin.
    #[must_use]
    pub fn grants(&self) -> crate::character::Grants {
        self.agent.character().grants.get(self.plugin.name).cloned().unwrap_or_default()
    }
}
