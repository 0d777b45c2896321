//! A turn: what happens between a message and the agent's answer.
//!
//! One file a stage, called in this order by `run`: `respond` (shall it answer?), `compose` (providers),
//! `decide` (one model call), `act` (the plan's steps), `evaluate`, `deliver`. `context` is what the stages and
//! handlers share, `record` what remains of a turn, `guard` the shell around every call of a plugin's code.
//! Only `agent` starts turns.

mod act;
mod compose;
mod context;
mod decide;
mod deliver;
mod evaluate;
mod guard;
mod prompt;
mod record;
mod respond;
mod run;

pub use compose::Selection;
pub use context::{
    Composed, FinishedStep, PlannedStep, StepStatus, TurnContext, TurnEvent, WorkingMemoryEntry,
};
pub(crate) use guard::caught;
pub use guard::{Failure, guarded};
pub use record::{EvaluationRecord, ModelCall, ProviderRecord, RunRecord, RunStatus, StageTime, StepRecord};
pub use respond::{Rule, respond_rule};

pub(crate) use deliver::say;
pub(crate) use prompt::without_tools;
pub(crate) use run::{note_call, run};
