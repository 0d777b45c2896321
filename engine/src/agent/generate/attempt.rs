//! Asks one model once.

use crate::{
    agent::Agent,
    budget::{Need, SetAside, estimated_prompt},
    extract::{Input, Invocation},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, Provider, RegisteredModel, TextSink, Usage},
    telemetry::{self, Asked},
    turn::{Failure, TurnContext, form_of, guarded, put, read},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

/// One question to one model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub(crate) kind: &'a ModelKind,
    pub(crate) request: &'a Arc<ModelRequest>,
    pub(crate) turn: Option<&'a Arc<TurnContext>>,
    pub(crate) sink: &'a TextSink,
    /// Where the request is noted as the plugin gets it; `None` where nobody wants to know.
    pub(crate) exact: Option<&'a Asked>,
}

/// Where a model stands among those that could answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank {
    /// There are others after it.
    pub(super) others: bool,
    /// There is no other at all.
    pub(super) is_only: bool,
}

impl Agent {
    /// Asks a model, if it is not to be left alone, within budget, time and the number of its calls.
    pub(super) async fn ask_once(
        &self,
        model: &RegisteredModel,
        asking: Asking<'_>,
        rank: Rank,
    ) -> Result<ModelAnswer, ModelError> {
        // What is waited for, budget and place, takes as long as an answer may at most; then the answer has its own time.
        let limit = self.time_for(asking.turn, rank.others);
        let plugin = model.plugin.name;
        let until = Instant::now() + limit;
        let aside = self.aside_for(plugin, asking, until).await?;
        let load = self.parts().load_number(plugin);
        let provider = Provider { plugin, load, kind: asking.kind };
        let health = &self.shared().health;
        let admitted = match health.admit(provider, rank.is_only, self.clock().now()) {
            Ok(admitted) => admitted,
            Err(resting) => {
                give_back(aside).await;
                return Err(resting);
            }
        };
        let calls = self.character().models.concurrency.get(plugin).copied();
        let Ok(Ok(_place)) = timeout_at(until, health.lane(plugin, calls).acquire_owned()).await else {
            give_back(aside).await;
            let why =
                format!("all of its calls were taken for {limit:?}; allow more in `[models.concurrency]`");
            return Err(ModelError::Unavailable(why));
        };
        let request = within(asking.request, aside.as_ref());
        let asking = Asking { request: &request, ..asking };
        let limit = self.time_for(asking.turn, rank.others);
        let answer = self.ask_within(model, asking, limit).await;
        match &answer {
            Ok(answer) => {
                self.shared().ledger.note_name(plugin, asking.kind, &answer.model);
                admitted.answered();
            }
            Err(error) => admitted.failed(error, self.clock().now()),
        }
        if let Some(aside) = aside {
            let used = self.used(plugin, &aside, &answer);
            aside.settle(used).await;
        }
        answer
    }

    /// How long one model may take: no more than a half of what its turn has left where another one could answer after it.
    fn time_for(&self, turn: Option<&Arc<TurnContext>>, others: bool) -> Duration {
        let limit = self.character().limits.model_timeout;
        let deadline = turn.and_then(|turn| turn.deadline.get());
        let Some(left) = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) else {
            return limit;
        };
        if others { limit.min(left / 2) } else { limit }
    }

    /// What the call may need of the budgets, if there are any.
    async fn aside_for(
        &self,
        plugin: &'static str,
        Asking { kind, request, turn, sink, .. }: Asking<'_>,
        until: Instant,
    ) -> Result<Option<SetAside>, ModelError> {
        // What is counted is not sent anywhere yet.
        let counts = matches!(kind, ModelKind::TokenizerEncode | ModelKind::TokenizerDecode);
        if counts || self.character().budget.is_unlimited() {
            return Ok(None);
        }
        let answer =
            if answers_in_tokens(kind) { request.parameters.max_tokens.map(u64::from) } else { Some(0) };
        let need = Need { prompt: estimated_prompt(request), answer };
        let name = self.shared().ledger.name_of(plugin, kind).unwrap_or_default();
        let price = self.prices().find(plugin, &name).cloned();
        let mut aside = Box::pin(self.set_aside(turn, need, price, until)).await?;
        if let Some(aside) = &mut aside {
            aside.follow(sink);
        }
        Ok(aside)
    }

    /// What a call used: as the model says; what it is believed to be where it does not, or was cut off; nothing where it
    /// refused.
    fn used(&self, plugin: &str, aside: &SetAside, answer: &Result<ModelAnswer, ModelError>) -> Usage {
        match answer {
            Ok(answer) => {
                let told = answer.usage != Usage::default();
                let usage = if told { answer.usage } else { aside.believed_of(&answer.text) };
                // Before its first answer the name of a model is not known, and so its price is not.
                Usage { cost: self.cost_of(plugin, &answer.model, &usage), ..usage }
            }
            Err(ModelError::Timeout(_) | ModelError::Stalled(_)) => aside.believed(),
            Err(ModelError::Unavailable(_)) if aside.has_begun() => aside.believed(),
            Err(_) => Usage::default(),
        }
    }

    /// Asks a model within the character's time limit, without any of the rest.
    pub(crate) async fn ask(
        &self,
        model: &RegisteredModel,
        asking: Asking<'_>,
    ) -> Result<ModelAnswer, ModelError> {
        self.ask_within(model, asking, self.character().limits.model_timeout).await
    }

    async fn ask_within(
        &self,
        model: &RegisteredModel,
        Asking { kind, request, turn, sink, exact }: Asking<'_>,
        limit: Duration,
    ) -> Result<ModelAnswer, ModelError> {
        let form = form_of(model.def.tools, request, self.character().models.tools);
        if let Some(turn) = turn {
            turn.note_form(form);
        }
        let asked = put(request, form, &more_providers(turn));
        if let Some(exact) = exact {
            exact.note(&asked);
        }
        let invocation = Invocation {
            turn: turn.cloned(),
            input: Input::Request(Arc::clone(&asked), sink.clone(), kind.clone()),
            ..Invocation::of(self.clone(), model.plugin)
        };
        let plugin = model.plugin.name;
        let known = self.shared().ledger.name_of(plugin, kind);
        let turn_context = turn.map(|turn| &**turn);
        let span = telemetry::model(plugin, model.def.name, kind, &asked, known.as_deref(), turn_context);
        let parts = turn.map_or_else(|| self.parts(), |turn| Arc::clone(&turn.parts));
        let idle = self.character().limits.model_idle;
        // Whatever the handler has begun elsewhere is told that nobody waits any more.
        let _stops = sink.guard();
        let call = guarded(limit, crate::middleware::model(&parts, model, &invocation));
        let answer = tokio::select! {
            biased;
            answer = call.instrument(span.clone()) => match answer {
                Ok(answer) => answer,
                Err(Failure::Timeout(limit)) => Err(ModelError::Timeout(limit)),
                Err(failure) => Err(ModelError::Unavailable(failure.to_string())),
            },
            () = sink.stalled(idle) => Err(ModelError::Stalled(idle)),
        };
        match &answer {
            Ok(answer) => telemetry::answered(&span, kind, answer),
            Err(error) => telemetry::refused(&span, error),
        }
        Ok(read(answer?, request, form, &self.character().name))
    }
}

fn answers_in_tokens(kind: &ModelKind) -> bool {
    !matches!(
        kind,
        ModelKind::TextEmbedding
            | ModelKind::Image
            | ModelKind::TextToSpeech
            | ModelKind::Audio
            | ModelKind::Video
    )
}

/// The request with no longer an answer than is set aside for it.
fn within(request: &Arc<ModelRequest>, aside: Option<&SetAside>) -> Arc<ModelRequest> {
    let Some(aside) = aside.filter(|_| request.parameters.max_tokens.is_none()) else {
        return Arc::clone(request);
    };
    let mut request = ModelRequest::clone(request);
    request.parameters.max_tokens = u32::try_from(aside.answer).ok();
    Arc::new(request)
}

async fn give_back(aside: Option<SetAside>) {
    if let Some(aside) = aside {
        aside.settle(Usage::default()).await;
    }
}

/// The providers that a model may ask for, each with its description: those that run only when they are named.
fn more_providers(turn: Option<&Arc<TurnContext>>) -> Vec<(&'static str, &'static str)> {
    let all = turn.into_iter().flat_map(|turn| &turn.parts.providers).map(|provider| provider.def);
    all.filter(|def| def.dynamic && !def.private).map(|def| (def.name, def.description)).collect()
}
