//! Plays a turn again that was recorded.
//!
//! `played` is what models and actions give the second time, `transcript` what is compared.

mod played;
mod transcript;

use super::{TestAgentBuilder, TestError, difference::Difference};
use crate::{
    agent::{Address, Incoming},
    memory::Memory,
    model::Purpose,
    store::{Store, StoreError, StoredRun, Window},
    turn::{RunRecord, RunStatus, StepRecord},
};
use played::Played;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, sync::Arc};
use transcript::transcript;
use uuid::Uuid;

/// A turn that was played again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What the agent said, reply by reply.
    pub replies: Vec<String>,
    /// The steps of the plan.
    pub steps: Vec<StepRecord>,
    /// The whole record; ids and times are new.
    pub record: RunRecord,
}

/// Why a turn could not be played again, or came out otherwise.
#[derive(thiserror::Error)]
pub enum ReplayError {
    /// The record cannot be read.
    #[error("the record cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The turn was cut off from outside, at a moment that no record holds.
    #[error("a turn that ended as `{0}` cannot be played again; one that was completed or failed can")]
    CutOff(&'static str),
    /// The storage does not hold what the record refers to.
    #[error("the storage does not hold {0}")]
    Missing(String),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The turn did not come to its end.
    #[error("the turn could not be played again: {0}")]
    Test(#[from] TestError),
    /// The turn came out otherwise than recorded.
    #[error("the turn, played again, differs from its record (-) in{}", listed(.0))]
    Different(Vec<Difference>),
}

impl fmt::Debug for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn listed(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("\n{difference}")).collect()
}

/// The record of a turn, stored or at hand.
pub trait Replayable {
    /// The record.
    ///
    /// # Errors
    /// If it cannot be read.
    fn run_record(&self) -> Result<RunRecord, serde_json::Error>;
}

impl Replayable for RunRecord {
    fn run_record(&self) -> Result<RunRecord, serde_json::Error> {
        Ok(self.clone())
    }
}

impl Replayable for StoredRun {
    fn run_record(&self) -> Result<RunRecord, serde_json::Error> {
        serde_json::from_value(self.record.clone())
    }
}

/// Plays a turn again: the engine gets the message, what models answered and what actions gave, out of the record and the
/// store, and has to come to the same transcript. No model is asked, no action of a plugin runs, nothing is written to the
/// store.
///
/// What it shows: that this engine handles the turn as the one that recorded it did. Gates that rewrote or held a reply do
/// so again; other evaluators and providers do not run.
///
/// ```
/// # use galatea::testing::{Script, TestAgent, TestResult, replay};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let agent = TestAgent::from_toml("name = \"Ada\"").model(Script::new().says("Hello, Ann.")).start().await?;
/// let turn = agent.user("Ann").says("Hello!").await?;
/// let stored = agent.store().run(turn.record().run).await?.expect("the run is stored");
/// let replayed = replay(&stored, &agent.store()).await?;
/// assert_eq!(replayed.replies, ["Hello, Ann."]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ReplayError::Different`] with every place where the transcript is another one; the others if it could not be played.
pub async fn replay(run: &impl Replayable, store: &Arc<dyn Store>) -> Result<Replayed, ReplayError> {
    let record = run.run_record()?;
    if !matches!(record.status, RunStatus::Completed | RunStatus::Failed) {
        return Err(ReplayError::CutOff(record.status.name()));
    }
    let recorded = Recorded::read(record, store.as_ref()).await?;
    let wanted = transcript(&recorded.record, &recorded.replies);
    let incoming = recorded.incoming();
    let keys = recorded.character();
    let played = Played::new(&recorded);
    let registry = played.registry().map_err(TestError::Registry)?;
    let agent = TestAgentBuilder::default()
        .registry(registry)
        .plugin_named(played::NAME)
        .character(keys)
        .clock(&recorded.message.at.to_string())
        .model(played)
        .start()
        .await?;
    let handle = agent.send(incoming).await.map_err(TestError::from)?;
    let (replies, record) = agent.in_time("the turn", handle.finish()).await?;
    let unforeseen = agent.as_foreseen();
    agent.stop().await;
    let record = record.map(|record| record.as_ref().clone()).unwrap_or_default();
    let replies: Vec<Memory> = replies.iter().map(|reply| reply.as_ref().clone()).collect();
    let differences = super::difference::differences(&wanted, &transcript(&record, &replies));
    if !differences.is_empty() {
        return Err(ReplayError::Different(differences));
    }
    unforeseen?;
    let replies = replies.into_iter().map(|reply| reply.content.text).collect();
    Ok(Replayed { replies, steps: record.steps.clone(), record })
}

/// A turn as it was.
struct Recorded {
    record: RunRecord,
    message: Memory,
    /// What was said, in order.
    replies: Vec<Memory>,
    address: Address,
    /// The name of who sent the message.
    from: String,
    /// The name of the agent.
    name: String,
}

impl Recorded {
    async fn read(record: RunRecord, store: &dyn Store) -> Result<Self, ReplayError> {
        let missing = |what: &str, id: Uuid| ReplayError::Missing(format!("the {what} {id}"));
        let message = store.memories_by_id(&[record.message]).await?.pop();
        let message = message.ok_or_else(|| missing("message", record.message))?;
        let said: BTreeMap<Uuid, Memory> =
            store.memories_by_id(&record.replies).await?.into_iter().map(|reply| (reply.id, reply)).collect();
        let replies =
            record.replies.iter().map(|id| said.get(id).cloned().ok_or_else(|| missing("reply", *id)));
        let replies = replies.collect::<Result<Vec<_>, _>>()?;
        let place = store.snapshot(message.room, Window::newest(0)).await?;
        let room = place.room.ok_or_else(|| missing("room", message.room))?;
        let world = place.world.map(|world| world.name);
        let address = Address { source: room.source, kind: room.kind, room: room.name, world };
        let entities = store.entities(&[message.entity, message.agent]).await?;
        let name = |id: Uuid, otherwise: &str| {
            let known = entities.iter().find(|entity| entity.id == id);
            known.map_or_else(|| otherwise.to_owned(), |entity| entity.name().to_owned())
        };
        let (from, name) = (name(message.entity, "somebody"), name(message.agent, "Agent"));
        Ok(Self { record, message, replies, address, from, name })
    }

    fn incoming(&self) -> Incoming {
        Incoming {
            id: None,
            address: self.address.clone(),
            from: self.from.clone(),
            founder: false,
            content: self.message.content.clone(),
        }
    }

    /// The keys of the character with which the rules of responding say what they said: what a character says of that is
    /// not recorded, what became of it is.
    fn character(&self) -> Value {
        let purpose =
            |wanted: Purpose| self.record.model_calls.iter().filter(move |call| call.purpose == wanted);
        let asked_model = purpose(Purpose::ShouldRespond).next().is_some()
            || self.record.reason.starts_with("no model could decide");
        let respond = match (asked_model, self.record.responded) {
            (true, _) => json!({}),
            (false, true) => json!({ "always-in": [self.address.kind] }),
            (false, false) => json!({ "only-followed": true }),
        };
        let steps = purpose(Purpose::Decide).count().clamp(1, 100);
        json!({ "name": self.name, "id": self.message.agent, "respond": respond, "limits": { "steps": steps } })
    }
}
