//! What a turn offers, as parameters of the handlers that run in one.

use super::{Extract, ExtractError, Input, Invocation, Signature, kind, kind::extract_for};
use crate::{
    agent::Agent,
    definition::Plugin,
    memory::{Content, Entity, Memory, Room, World},
    store::{RoomSnapshot, StoreError},
    turn::{Composed, FinishedStep, PlannedStep, TurnContext, say},
};
use serde::de::DeserializeOwned;
use std::{marker::PhantomData, ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

macro_rules! deref_to {
    ($type:ty => $target:ty) => {
        impl Deref for $type {
            type Target = $target;

            fn deref(&self) -> &$target {
                &self.0
            }
        }
    };
}

macro_rules! in_turn {
    ($type:ident $(describe $describe:path)?, |$turn:ident| $body:expr) => {
        extract_for!(for $type in [kind::Action, kind::Validate, kind::Provider, kind::Evaluator] $(describe $describe)?, |invocation| {
            let $turn = invocation.turn(stringify!($type))?;
            Ok::<_, ExtractError>($body)
        });
    };
}

/// The message that the turn is about.
#[derive(Clone, Debug)]
pub struct Message(pub Arc<Memory>);

deref_to!(Message => Memory);
in_turn!(Message, |turn| Self(Arc::clone(&turn.message)));

/// What providers and earlier actions have told: text, values, data, working memory.
#[derive(Clone, Debug)]
pub struct State(pub Arc<Composed>);

deref_to!(State => Composed);
in_turn!(State describe Signature::read_turn, |turn| Self(turn.composed()));

/// The messages and action results of the room as they were at the start of the turn, oldest first; the message
/// of the turn is the last message among them.
#[derive(Clone, Debug)]
pub struct History(Arc<RoomSnapshot>);

impl Deref for History {
    type Target = [Memory];

    fn deref(&self) -> &[Memory] {
        &self.0.history
    }
}

in_turn!(History, |turn| Self(Arc::clone(&turn.snapshot)));

/// Room, world and participants as they were at the start of the turn.
#[derive(Clone, Debug)]
pub struct Snapshot(pub Arc<RoomSnapshot>);

deref_to!(Snapshot => RoomSnapshot);
in_turn!(Snapshot, |turn| Self(Arc::clone(&turn.snapshot)));

/// Where the turn happens and with whom.
#[derive(Clone, Debug)]
pub struct Place {
    snapshot: Arc<RoomSnapshot>,
    sender: Arc<Entity>,
}

impl Place {
    /// The room; `None` if it is not known.
    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        self.snapshot.room.as_ref()
    }

    /// The world of the room.
    #[must_use]
    pub fn world(&self) -> Option<&World> {
        self.snapshot.world.as_ref()
    }

    /// Who takes part, the agent among them.
    #[must_use]
    pub fn participants(&self) -> &[Entity] {
        &self.snapshot.participants
    }

    /// Who sent the message.
    #[must_use]
    pub fn sender(&self) -> &Entity {
        &self.sender
    }
}

in_turn!(Place, |turn| Self { snapshot: Arc::clone(&turn.snapshot), sender: Arc::clone(&turn.sender) });

/// The plan as it stands, step by step.
#[derive(Clone, Debug)]
pub struct Steps(pub Vec<PlannedStep>);

impl Deref for Steps {
    type Target = [PlannedStep];

    fn deref(&self) -> &[PlannedStep] {
        &self.0
    }
}

in_turn!(Steps describe Signature::read_turn, |turn| Self(turn.plan()));

/// What the agent has said in this turn; for a gate evaluator, `pending` is what it is about to say.
#[derive(Clone, Debug)]
pub struct Replies {
    said: Vec<Arc<Memory>>,
    /// The text that waits for the gates.
    pub pending: Option<String>,
}

impl Deref for Replies {
    type Target = [Arc<Memory>];

    fn deref(&self) -> &[Arc<Memory>] {
        &self.said
    }
}

extract_for!(
    for Replies in [kind::Action, kind::Validate, kind::Provider, kind::Evaluator] describe Signature::read_turn,
    |invocation| {
        let said = invocation.turn("Replies")?.replies();
        let pending = match &invocation.input {
            Input::Reply(text) => Some(text.as_ref().to_owned()),
            _ => None,
        };
        Ok::<_, ExtractError>(Self { said, pending })
    }
);

/// Ends when the turn is cancelled.
#[derive(Clone, Debug)]
pub struct Cancelled(pub CancellationToken);

deref_to!(Cancelled => CancellationToken);
in_turn!(Cancelled, |turn| Self(turn.cancelled.clone()));

/// Says something to the room while an action runs: stored and delivered at once.
#[derive(Clone, Debug)]
pub struct Reply {
    agent: Agent,
    turn: Arc<TurnContext>,
}

impl Reply {
    /// Says a text; gives back the stored memory.
    ///
    /// # Errors
    /// If it cannot be stored; then it was not said either.
    pub async fn text(&self, text: impl Into<String>) -> Result<Arc<Memory>, StoreError> {
        self.content(Content::text(text)).await
    }

    /// Says a content, with attachments for instance; gives back the stored memory.
    ///
    /// # Errors
    /// If it cannot be stored; then it was not said either.
    pub async fn content(&self, content: Content) -> Result<Arc<Memory>, StoreError> {
        say(&self.agent, &self.turn, content).await
    }
}

extract_for!(for Reply in [kind::Action], |invocation| {
    let turn = Arc::clone(invocation.turn("Reply")?);
    Ok::<_, ExtractError>(Self { agent: invocation.agent.clone(), turn })
});

/// The results of the actions that ran before in this turn. `T` is the shape of the data that
/// [`named`](Self::named) reads.
#[derive(Clone, Debug)]
pub struct Previous<T> {
    finished: Vec<FinishedStep>,
    shape: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Previous<T> {
    /// The data of the latest result of the action with this name.
    ///
    /// # Errors
    /// If no such action ran, or its data are not a `T`.
    pub fn named(&self, action: &str) -> Result<T, ExtractError> {
        let step = self.finished.iter().rev().find(|step| step.action == action);
        let step = step.ok_or_else(|| ExtractError::NoPrevious(format!("a result named {action}")))?;
        serde_json::from_value(step.result.data.clone()).map_err(|error| {
            ExtractError::Other(format!("the result of {action} is of another shape: {error}"))
        })
    }

    /// The data of the latest result that is a `T`.
    #[must_use]
    pub fn latest(&self) -> Option<T> {
        self.finished.iter().rev().find_map(|step| serde_json::from_value(step.result.data.clone()).ok())
    }
}

impl<T> Previous<T> {
    /// Every result, oldest first.
    #[must_use]
    pub fn all(&self) -> &[FinishedStep] {
        &self.finished
    }
}

impl<P: Plugin, T: DeserializeOwned + Send + 'static> Extract<P, kind::Action> for Previous<T> {
    type From = P;
    type Perhaps = P;
    type Permission = ();

    async fn extract(invocation: &Invocation) -> Result<Self, ExtractError> {
        let finished = invocation.turn("Previous")?.finished();
        Ok(Self { finished, shape: PhantomData })
    }
}
