//! What models, actions and gates give the second time: what they gave the first time.

use super::{
    super::{
        double::{Asked, DoubleError, ModelDouble, RealModels},
        stand_in::{StandIn, locked},
    },
    Recorded,
};
use crate::{
    action::ActionResult,
    agent::Agent,
    definition::{
        ActionDef, ConfigDef, EvaluatorDef, HandlerError, HandlerFuture, NoConfig, PluginDef, Submission,
    },
    evaluator::Evaluation,
    extract::{ExtractError, Input, Invocation},
    memory::Content,
    model::{ModelAnswer, ModelError, Purpose},
    registry::{Registry, RegistryError},
    turn::{EvaluationRecord, ModelCall, RunStatus, StepRecord, StepStatus, say},
};
use async_trait::async_trait;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// The name of the plugin whose actions stand for the recorded ones.
pub(super) const NAME: &str = "replayed";

/// Nothing that is played again takes long.
const TIMEOUT: Duration = Duration::from_secs(30);

static PLUGIN: PluginDef = PluginDef {
    name: NAME,
    version: env!("CARGO_PKG_VERSION"),
    description: "Gives what a record says.",
    authors: "",
    license: env!("CARGO_PKG_LICENSE"),
    path: "galatea::testing",
    origin: crate::__origin!(),
    requirements: &[],
    permissions: &[],
    priority: 0,
    lazy: false,
    engine: None,
    config: ConfigDef::of::<NoConfig>(),
    members: &[],
    middleware: &[],
};

static GATE: EvaluatorDef = EvaluatorDef {
    name: "REPLAYED_GATE",
    description: "",
    similes: &[],
    examples: &[],
    plugin: NAME,
    origin: crate::__origin!(),
    always_run: false,
    gate: true,
    timeout: TIMEOUT,
    validate: &[],
    describe: |_| {},
    call: gate,
    batch: None,
};

/// What was given the first time.
#[derive(Debug)]
pub(super) struct Played {
    answers: Mutex<Answers>,
    /// Why the turn failed, if it did.
    error: Option<String>,
    steps: Vec<StepRecord>,
    /// What was said, and during which step.
    replies: Vec<(Content, Option<u64>)>,
    evaluations: Vec<EvaluationRecord>,
    said: AtomicUsize,
}

#[derive(Debug, Default)]
struct Answers {
    should_respond: VecDeque<ModelCall>,
    decide: VecDeque<ModelCall>,
    reply: VecDeque<ModelCall>,
}

impl Played {
    pub(super) fn new(recorded: &Recorded) -> Self {
        let record = &recorded.record;
        let mut answers = Answers::default();
        for call in record.model_calls.iter().filter(|call| call.is_of_turn()) {
            if let Some(answers) = answers.of(&call.purpose) {
                answers.push_back(call.clone());
            }
        }
        let replies = recorded.replies.iter().map(|reply| {
            let step = reply.metadata.get("step").and_then(serde_json::Value::as_u64);
            (reply.content.clone(), step)
        });
        Self {
            answers: Mutex::new(answers),
            error: record.error.clone().filter(|_| record.status == RunStatus::Failed),
            steps: record.steps.clone(),
            replies: replies.collect(),
            evaluations: record.evaluations.clone(),
            said: AtomicUsize::new(0),
        }
    }

    /// A registry with an action for every one that was asked for.
    pub(super) fn registry(&self) -> Result<Registry, Vec<RegistryError>> {
        let critical = self.critical();
        let names: BTreeSet<&str> = self.steps.iter().map(|step| step.action.as_str()).collect();
        let actions = names.into_iter().map(|name| Submission::Action(action(name, critical.contains(name))));
        let judged = self.evaluations.iter().any(held);
        let gate = judged.then_some(Submission::Evaluator(&GATE));
        Registry::new([Submission::Plugin(&PLUGIN)].into_iter().chain(actions).chain(gate))
    }

    /// The actions whose failure ended the plan.
    fn critical(&self) -> BTreeSet<&str> {
        let skipped_after =
            |index: usize| self.steps.get(index + 1).is_some_and(|step| step.status == StepStatus::Skipped);
        let told = |step: &StepRecord| {
            let words = format!("I stopped: {} failed.", step.action);
            self.replies.iter().any(|(content, _)| content.text.starts_with(&words))
        };
        let failed = self.steps.iter().enumerate().filter(|(_, step)| step.status == StepStatus::Failed);
        failed
            .filter(|(index, step)| skipped_after(*index) || told(step))
            .map(|(_, step)| step.action.as_str())
            .collect()
    }

    /// What the gate makes of the next reply.
    fn judge(&self, text: &str) -> Option<Evaluation> {
        let (wanted, _) = self.replies.get(self.said.fetch_add(1, Ordering::SeqCst))?;
        let held_back = |one: &EvaluationRecord| {
            let rewrite = one.evaluation.as_ref().and_then(|evaluation| evaluation.rewrite.as_deref());
            held(one) && (rewrite == Some(&wanted.text) || wanted.text.contains(&one.evaluator))
        };
        let changed = wanted.text != text && self.evaluations.iter().any(held_back);
        changed.then(|| Evaluation { rewrite: Some(wanted.text.clone()), ..Evaluation::new(0.0, false) })
    }
}

/// Whether an evaluator did not let something pass.
fn held(one: &EvaluationRecord) -> bool {
    one.error.is_some() || one.evaluation.as_ref().is_some_and(|evaluation| !evaluation.passed)
}

impl Answers {
    fn of(&mut self, purpose: &Purpose) -> Option<&mut VecDeque<ModelCall>> {
        match purpose {
            Purpose::ShouldRespond => Some(&mut self.should_respond),
            Purpose::Decide => Some(&mut self.decide),
            Purpose::Reply => Some(&mut self.reply),
            Purpose::Reflect | Purpose::Embed | Purpose::Other(_) => None,
        }
    }
}

#[async_trait]
impl ModelDouble for Played {
    async fn answer(&self, asked: &Asked, _real: &RealModels) -> Result<ModelAnswer, DoubleError> {
        let next = locked(&self.answers).of(&asked.request.purpose).and_then(VecDeque::pop_front);
        // Their text is what the record holds of an error.
        let failed = |text: String| DoubleError::Model(ModelError::Extract(ExtractError::Other(text)));
        match (next, &self.error) {
            (Some(call), _) if call.provider == "none" => {
                Err(failed(call.failed.into_iter().next_back().map(|(_, why)| why).unwrap_or_default()))
            }
            (Some(call), _) => {
                let (text, calls, providers, cut) = (call.text, call.calls, call.providers, call.cut);
                let (usage, model) = (call.usage, call.model);
                Ok(ModelAnswer { text, calls, providers, cut, usage, model, ..ModelAnswer::default() })
            }
            (None, Some(error)) => Err(failed(error.clone())),
            (None, None) if asked.request.purpose == Purpose::ShouldRespond => {
                Err(failed("the record has no answer".to_owned()))
            }
            (None, None) => Err(DoubleError::Unforeseen(format!(
                "the record has no answer to one more question: {}",
                asked.told()
            ))),
        }
    }
}

/// The stand-in of an action, made once a process.
fn action(name: &str, critical: bool) -> &'static ActionDef {
    static MADE: Mutex<BTreeMap<(String, bool), &'static ActionDef>> = Mutex::new(BTreeMap::new());
    let mut made = locked(&MADE);
    made.entry((name.to_owned(), critical)).or_insert_with(|| {
        Box::leak(Box::new(ActionDef {
            name: Box::leak(name.to_owned().into_boxed_str()),
            description: "",
            similes: &[],
            examples: &[],
            tags: &[],
            plugin: NAME,
            origin: crate::__origin!(),
            describe: |_| {},
            validate: &[],
            priority: 0,
            timeout: TIMEOUT,
            rate_limit: None,
            roles: &[],
            permissions: &[],
            approval: None,
            idempotent: false,
            critical,
            call: act,
        }))
    })
}

fn played(agent: &Agent) -> Result<std::sync::Arc<Played>, ExtractError> {
    StandIn::double_of(agent).ok_or_else(|| ExtractError::Other("nothing is played here".to_owned()))
}

/// Says what was said during this step, and gives what it gave.
fn act(invocation: &Invocation) -> HandlerFuture<'_, Result<ActionResult, ExtractError>> {
    Box::pin(async move {
        let (played, turn) = (played(&invocation.agent)?, invocation.turn("Steps")?);
        let number = turn.running_step().unwrap_or_default();
        let of_step = |step: &Option<u64>| step.is_some_and(|step| usize::try_from(step) == Ok(number));
        for (content, _) in played.replies.iter().filter(|(_, step)| of_step(step)) {
            let said = say(&invocation.agent, turn, content.clone()).await;
            said.map_err(|error| ExtractError::Other(error.to_string()))?;
        }
        let step = number.checked_sub(1).and_then(|index| played.steps.get(index));
        let result = step.and_then(|step| step.result.clone());
        Ok(result.unwrap_or_else(|| ActionResult::failure("the record has no result of this step")))
    })
}

fn gate(invocation: &Invocation) -> HandlerFuture<'_, Result<Option<Evaluation>, HandlerError>> {
    Box::pin(async move {
        let Input::Reply(text) = &invocation.input else { return Ok(None) };
        Ok(played(&invocation.agent)?.judge(text))
    })
}
