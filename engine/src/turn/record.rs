//! What remains of a turn: stages, providers, model calls, steps, replies, with times. `/why` and the console
//! show it.

use crate::{
    action::ActionResult,
    budget::Money,
    evaluator::Evaluation,
    model::{ModelAnswer, ModelKind, Purpose, ToolCall, Usage},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Answered, Approval, StepStatus, Suspended};

/// How a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Not ended.
    #[default]
    Running,
    /// Not ended: a person must allow an action first. Nothing runs meanwhile, also over a restart.
    Waiting,
    /// Ended as it should, with a reply or a decision for none.
    Completed,
    /// Ended by an error; the user was told.
    Failed,
    /// Ended by its time limit; the user was told.
    Timeout,
    /// Ended because it was asked to.
    Cancelled,
    /// Ended with the process, after an action had begun; it is not repeated.
    Interrupted,
    /// Set aside after it was tried too often: its turns brought the process down, or could not be run. It is tried
    /// again when somebody asks for it.
    Parked,
}

impl RunStatus {
    /// The name in storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Parked => "parked",
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The record of one turn. Times are microseconds; what has a `start` began so long after the turn did, without the time of
/// waiting for a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct RunRecord {
    /// Identifies the run.
    pub run: Uuid,
    /// The room.
    pub room: Uuid,
    /// The message it is about.
    pub message: Uuid,
    /// How it stands.
    pub status: RunStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether the agent responded, and by which rule.
    pub responded: bool,
    /// The rule or verdict behind that.
    pub reason: String,
    /// The stages in order.
    pub stages: Vec<StageTime>,
    /// The providers that ran.
    pub providers: Vec<ProviderRecord>,
    /// The model calls.
    pub model_calls: Vec<ModelCall>,
    /// What was left out of questions to models because it was too much.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trimmed: Vec<Trimmed>,
    /// The steps of the plan.
    pub steps: Vec<StepRecord>,
    /// The questions whether an action may run, oldest first; the last one waits if it has no answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// How often its turn was begun, or taken up, without coming to an end.
    #[serde(skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// Where the run goes on after the answer to the last question, or in the next process; `None` where nothing was
    /// done yet, and at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspended>,
    /// The run that went on because this run's message answered its question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Uuid>,
    /// What the agent said, as memory ids.
    pub replies: Vec<Uuid>,
    /// What evaluators thought.
    pub evaluations: Vec<EvaluationRecord>,
    /// How often evaluators may still be tried that have to look back at it; 0: they have, or there are none.
    #[serde(skip_serializing_if = "is_zero")]
    pub look_back: u32,
    /// The whole time until the reply was stored, without that of waiting for a person.
    pub micros: u64,
}

impl RunRecord {
    /// When the last thing in it ended that is known to have: a process may have ended before it counted its time.
    pub(super) fn until(&self) -> u64 {
        let stages = self.stages.iter().map(|stage| stage.start + stage.micros);
        let calls = self.model_calls.iter().map(|call| call.start + call.micros);
        let steps = self.steps.iter().map(|step| step.start + step.micros);
        stages.chain(calls).chain(steps).max().unwrap_or_default().max(self.micros)
    }

    /// The question that waits for an answer.
    #[must_use]
    pub fn waiting_approval(&self) -> Option<&Approval> {
        self.approvals.last().filter(|approval| approval.answered.is_none())
    }
}

/// A stage and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StageTime {
    /// `respond`, `compose`, `decide`, `act`; a turn may compose, decide and act several times.
    pub stage: String,
    /// How long after the turn it began, in microseconds.
    #[serde(default)]
    pub start: u64,
    /// How long it took.
    pub micros: u64,
}

/// What was left out of a question to a model so that it fits; oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Trimmed {
    /// How many tokens the character wants at most.
    pub wanted: u64,
    /// The same as they are guessed: more than `wanted` where a tokenizer counted and the guess is too high.
    pub budget: u64,
    /// How many there were, as they are guessed.
    pub before: u64,
    /// How many were left.
    pub after: u64,
    /// How many messages of the conversation were left out.
    pub messages: usize,
    /// How many lines of this turn's earlier actions were left out, calls and results.
    pub steps: usize,
    /// How many characters of what the providers told were left out.
    pub context: usize,
}

/// A provider that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ProviderRecord {
    /// The provider.
    pub name: String,
    /// How long after the turn it began, in microseconds.
    #[serde(default)]
    pub start: u64,
    /// How long it took.
    pub micros: u64,
    /// How long its text is, in characters.
    pub characters: usize,
    /// Why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A model call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ModelCall {
    /// The plugin that served it.
    pub provider: String,
    /// The kind asked for.
    pub kind: ModelKind,
    /// The model's own name.
    pub model: String,
    /// Why it was asked.
    pub purpose: Purpose,
    /// Tokens used.
    pub usage: Usage,
    /// What it cost; `None` if the price of the model is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cost: Option<Money>,
    /// How long after the turn it began, in microseconds.
    #[serde(default)]
    pub start: u64,
    /// How long it took.
    pub micros: u64,
    /// How long it took until the first piece of the answer came; `None` where it came in one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_micros: Option<u64>,
    /// Who was tried before and why they did not answer.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub failed: Vec<(String, String)>,
    /// The number of the step, from 1, during which an action asked; `None` for what the turn itself asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub step: Option<usize>,
    /// What it answered. Kept of what the turn itself asked, so that a turn can be played again
    /// (`galatea::testing::replay`); of anything else it is empty, so that records stay small.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub text: String,
    /// The actions that it asked for, as they are registered; as the model wrote them if there is none. Kept as the
    /// text is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub calls: Vec<ToolCall>,
    /// The providers that it asked for. Kept as the text is.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub providers: Vec<String>,
    /// Why it was asked again, in the words that it was told. Kept as the text is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<String>,
    /// Its text ended in the middle. Kept as the text is.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub cut: bool,
}

impl ModelCall {
    /// Whether the turn itself asked, and not an action or a provider of it: its answers make the transcript.
    #[must_use]
    pub fn is_of_turn(&self) -> bool {
        self.step.is_none()
            && matches!(self.purpose, Purpose::ShouldRespond | Purpose::Decide | Purpose::Reply)
    }

    /// Keeps what is needed to play the turn again.
    pub(crate) fn keep(&mut self, turn: &super::TurnContext, answer: &ModelAnswer) {
        if !self.is_of_turn() {
            return;
        }
        self.text.clone_from(&answer.text);
        self.calls.clone_from(&answer.calls);
        self.providers.clone_from(&answer.providers);
        self.cut = answer.cut;
        self.problem.clone_from(&answer.problem);
        for call in &mut self.calls {
            if let Ok(action) = super::call::find(turn, &call.name) {
                action.def.name.clone_into(&mut call.name);
            }
        }
    }
}

/// A step of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct StepRecord {
    /// The action, as it is registered; as the model wrote it if there is none.
    pub action: String,
    /// The arguments.
    pub arguments: Map<String, Value>,
    /// How it stands.
    pub status: StepStatus,
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ActionResult>,
    /// Who allowed it, if a person had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_by: Option<Answered>,
    /// How long after the turn it began, in microseconds.
    #[serde(default)]
    pub start: u64,
    /// How long it took.
    pub micros: u64,
}

/// What an evaluator thought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EvaluationRecord {
    /// The evaluator.
    pub evaluator: String,
    /// What it thinks, if anything.
    pub evaluation: Option<Evaluation>,
    /// Why it failed.
    pub error: Option<String>,
    /// How long after the turn it began, in microseconds.
    #[serde(default)]
    pub start: u64,
    /// How long it took.
    pub micros: u64,
}
