//! A turn: what happens between a message and the agent's answer.
//!
//! One file a stage, called in this order by `run`: `respond` (shall it answer?), `compose` (providers),
//! `decide` (one model call), `act` (the plan's steps; `call` is one of them), `evaluate`, `deliver`; `passes` is the loop of deciding and
//! acting, `reading` puts the question in the form that a model can answer and reads what came, `trim` makes it fit, `words` is for when nothing else can be said, `suspend` leaves it to wait for a person and takes it up again, `approval` is what is asked then. `context` is what the stages and
//! handlers share, `record` what remains of a turn, `journal` what of it survives the process, `log` what it told so far, `guard` the shell around every call of a plugin's code.
//! Only `agent` starts turns.

mod act;
mod approval;
mod call;
mod compose;
mod context;
mod decide;
mod deliver;
mod evaluate;
mod guard;
mod journal;
mod log;
mod passes;
mod prompt;
mod reading;
mod record;
mod respond;
mod run;
mod suspend;
mod trim;
mod words;

pub use approval::{Answer, Answered, Approval, Ruling, Suspended};
pub use compose::Selection;
pub use context::{
    Composed, FinishedStep, PlannedStep, StepStatus, TurnContext, TurnEvent, WorkingMemoryEntry,
};
pub use guard::{Failure, guarded};
pub use log::{EventId, Follower, NoEventId, Told};
pub use record::{
    EvaluationRecord, ModelCall, ProviderRecord, RunRecord, RunStatus, StageTime, StepRecord, Trimmed,
};
pub use respond::{Rule, respond_rule};

pub(crate) use act::interrupted;
pub(crate) use compose::{compose, compose_apart};
pub(crate) use deliver::say;
pub(crate) use evaluate::{Verdict, evaluate, evaluate_now, judge, judge_batch};
pub(crate) use guard::{caught, panic_message};
pub(crate) use journal::{key_of, read_into};
pub(crate) use log::{AtEnd, OpenLog, Teller, TurnLog};
pub(crate) use passes::{ASKED_AGAIN, PERFORM, asked_by_name};
pub(crate) use reading::{form_of, put, read};
pub(crate) use run::{note_call, resume, run};
