//! The plugin through which a double answers. No build submits it: it is added to the registry of a test's agent.

use super::{
    Script,
    double::{Asked, DoubleError, ModelDouble, RealModels},
};
use crate::{
    agent::Agent,
    definition::{ConfigDef, ErasedConfig, HandlerFuture, ModelDef, PluginDef, Submission},
    extract::{Input, Invocation},
    model::{ModelAnswer, ModelError, ModelKind},
    provider::Context,
};
use schemars::JsonSchema;
use serde::{Deserialize, de::Error};
use std::{
    any::Any,
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};
use uuid::Uuid;

/// Its name in characters.
pub(super) const NAME: &str = "test-model";

static PLUGIN: PluginDef = PluginDef {
    name: NAME,
    version: env!("CARGO_PKG_VERSION"),
    description: "Answers as a test says.",
    authors: "",
    license: env!("CARGO_PKG_LICENSE"),
    path: "galatea::testing",
    origin: crate::__origin!(),
    requirements: &[],
    permissions: &[],
    // Before every other model, whatever its priority.
    priority: i32::MAX,
    lazy: false,
    engine: None,
    config: ConfigDef { schema: |generator| generator.subschema_for::<Number>(), read },
    members: &[],
    middleware: &[],
};

macro_rules! models {
    ($($index:literal $kind:ident,)*) => {
        const KINDS: &[ModelKind] = &[$(ModelKind::$kind),*];
        static MODELS: &[ModelDef] = &[$(ModelDef {
            name: stringify!($kind),
            description: "",
            plugin: NAME,
            origin: crate::__origin!(),
            kinds: &[ModelKind::$kind],
            priority: None,
            tools: true,
            config: None,
            describe: |_| {},
            call: answer::<$index>,
        }),*];
    };
}

models! {
    0 TextSmall, 1 TextLarge, 2 ReasoningSmall, 3 ReasoningLarge, 4 TextCompletion, 5 ObjectSmall, 6 ObjectLarge,
}

/// What makes the plugin.
pub(super) fn submissions() -> impl Iterator<Item = Submission> {
    [Submission::Plugin(&PLUGIN)].into_iter().chain(MODELS.iter().map(Submission::Model))
}

/// Whether a double answers for a kind.
pub(super) fn serves(kind: &str) -> bool {
    KINDS.iter().any(|served| served.name() == kind)
}

/// Its config: which of the doubles of this process it is about.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Number {
    /// The number of the double.
    double: u64,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static ALL: Mutex<BTreeMap<u64, Weak<StandIn>>> = Mutex::new(BTreeMap::new());

fn read(config: serde_json::Value) -> Result<ErasedConfig, serde_json::Error> {
    let Number { double } = serde_json::from_value(config)?;
    let stand_in = locked(&ALL).get(&double).and_then(Weak::upgrade);
    let stand_in =
        stand_in.ok_or_else(|| Error::custom(format!("there is no double {double} in this process")))?;
    Ok(stand_in)
}

/// A double in use by an agent.
#[derive(Debug)]
pub(super) struct StandIn {
    pub(super) number: u64,
    double: Arc<dyn ModelDouble>,
    picked: Arc<BTreeMap<String, String>>,
    asked: Mutex<Vec<Asked>>,
    /// Answers to the messages of these ids: what the kit itself asks of the agent.
    own: Mutex<BTreeMap<Uuid, Arc<Own>>>,
    unforeseen: Mutex<Vec<String>>,
}

/// What the kit wants to happen in a turn of its own.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) script: Script,
    /// The provider whose words are wanted, and what it told.
    pub(super) provider: Option<String>,
    pub(super) told: Mutex<Option<Context>>,
}

impl StandIn {
    pub(super) fn new(double: Arc<dyn ModelDouble>, picked: BTreeMap<String, String>) -> Arc<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let stand_in = Arc::new(Self {
            number,
            double,
            picked: Arc::new(picked),
            asked: Mutex::default(),
            own: Mutex::default(),
            unforeseen: Mutex::default(),
        });
        locked(&ALL).insert(number, Arc::downgrade(&stand_in));
        stand_in
    }

    /// The double that an agent has, if it is of this type.
    pub(super) fn double_of<D: ModelDouble>(agent: &Agent) -> Option<Arc<D>> {
        let stand_in = agent.config(NAME)?.downcast::<Self>().ok()?;
        let double: Arc<dyn ModelDouble> = Arc::clone(&stand_in.double);
        let double: Arc<dyn Any + Send + Sync> = double;
        double.downcast().ok()
    }

    /// What models were asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        locked(&self.asked).clone()
    }

    /// What was asked and not foreseen since the last time.
    pub(super) fn unforeseen(&self) -> Option<String> {
        let texts = std::mem::take(&mut *locked(&self.unforeseen));
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    pub(super) fn prepare(&self, message: Uuid, own: Arc<Own>) {
        locked(&self.own).insert(message, own);
    }

    pub(super) fn forget(&self, message: Uuid) {
        locked(&self.own).remove(&message);
    }

    async fn answer(&self, kind: ModelKind, invocation: &Invocation) -> Result<ModelAnswer, ModelError> {
        let Input::Request(request, sink, _) = &invocation.input else {
            return Err(ModelError::Rejected("a model was called without a request".to_owned()));
        };
        let asked = Asked { kind, request: Arc::clone(request), sink: sink.clone() };
        let own = invocation.turn.as_ref().and_then(|turn| locked(&self.own).get(&turn.message.id).cloned());
        let real = RealModels {
            agent: invocation.agent.clone(),
            turn: invocation.turn.clone(),
            picked: Arc::clone(&self.picked),
        };
        let answer = match own {
            Some(own) => {
                if let (Some(name), Some(turn)) = (&own.provider, &invocation.turn) {
                    *locked(&own.told) = turn.told_by(name);
                }
                own.script.answer(&asked, &real).await
            }
            None => {
                locked(&self.asked).push(asked.clone());
                self.double.answer(&asked, &real).await
            }
        };
        answer.map_err(|error| match error {
            DoubleError::Model(error) => error,
            DoubleError::Unforeseen(text) => {
                locked(&self.unforeseen).push(text);
                // Nobody else shall answer: the test is over.
                ModelError::Cancelled
            }
        })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        locked(&ALL).remove(&self.number);
    }
}

fn answer<const KIND: usize>(invocation: &Invocation) -> HandlerFuture<'_, Result<ModelAnswer, ModelError>> {
    Box::pin(async move {
        let stand_in = invocation.agent.config(NAME).and_then(|config| config.downcast::<StandIn>().ok());
        let (Some(stand_in), Some(kind)) = (stand_in, KINDS.get(KIND)) else {
            return Err(ModelError::Rejected("the test's model was called outside its agent".to_owned()));
        };
        stand_in.answer(kind.clone(), invocation).await
    })
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
