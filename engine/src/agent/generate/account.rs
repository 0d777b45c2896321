//! Tells of a call: to the turn's record, to who counts, to who listens.

use super::chain::Chain;
use crate::{
    agent::Agent,
    budget::Money,
    event::ModelUsed,
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, RegisteredModel, TextSink, Usage},
    telemetry::Kept,
    turn::{ModelCall, TurnContext, note_call},
};
use std::{sync::Arc, time::Instant};

impl Chain<'_> {
    /// Puts a call that was answered into the turn's record and tells of it.
    pub(super) async fn tell_answer(
        &mut self,
        model: &RegisteredModel,
        request: &ModelRequest,
        answer: &ModelAnswer,
        (begun, micros): (Instant, u64),
        sink: &TextSink,
    ) {
        let failed = self.take_failed();
        let mut call = call(model.plugin.name, self.kind, request, answer, micros, failed);
        call.cost = self.agent.cost_of(model.plugin.name, &answer.model, &answer.usage);
        call.first_micros = sink.first_micros();
        if let Some(turn) = self.turn {
            call.start = turn.start_of(begun);
            call.step = turn.running_step();
            call.keep(turn, answer);
        }
        self.tell(model, &call, None).await;
        if let Some(turn) = self.turn {
            // What an answer before this one used, that did not fit, is paid for as well.
            let (unfit, cost) = self.unfit;
            call.usage = call.usage.and(unfit);
            call.cost = call.cost.or((cost > Money::ZERO).then_some(Money::ZERO)).map(|own| own + cost);
            let place = note_call(turn, call);
            if let Some(asked) = self.asked.take() {
                self.agent.keep_prompt(turn, place, self.kind, asked, Ok(answer));
            }
        }
    }

    /// The same of an answer that does not fit: it was used, and is paid for.
    pub(super) async fn tell_unfit(
        &mut self,
        model: &RegisteredModel,
        request: &ModelRequest,
        answer: &ModelAnswer,
        micros: u64,
        sink: &TextSink,
    ) {
        let mut call = call(model.plugin.name, self.kind, request, answer, micros, Vec::new());
        call.cost = self.agent.cost_of(model.plugin.name, &answer.model, &answer.usage);
        call.first_micros = sink.first_micros();
        self.unfit = (self.unfit.0.and(call.usage), self.unfit.1 + call.cost.unwrap_or_default());
        self.tell(model, &call, Some("its answer does not fit the schema".to_owned())).await;
    }

    /// Tells of a call that failed.
    pub(super) async fn tell_failure(
        &self,
        model: &RegisteredModel,
        request: &ModelRequest,
        error: &ModelError,
        micros: u64,
    ) {
        tracing::warn!(provider = model.plugin.name, kind = %self.kind, "{error}");
        let never_asked = matches!(error, ModelError::Resting { .. } | ModelError::OverBudget(_));
        if !never_asked {
            let answer = ModelAnswer::default();
            let call = call(model.plugin.name, self.kind, request, &answer, micros, Vec::new());
            self.tell(model, &call, Some(error.to_string())).await;
        }
    }

    /// Whether what is asked is kept.
    pub(super) fn keeps_prompts(&self) -> bool {
        self.turn.is_some()
            && !matches!(self.kind, ModelKind::TokenizerEncode | ModelKind::TokenizerDecode)
            && self.agent.character().limits.keep_prompts
    }

    async fn tell(&self, model: &RegisteredModel, call: &ModelCall, error: Option<String>) {
        let tally = &self.agent.shared().tally;
        if error.is_none() {
            let said = Some((call.model.as_str(), Usage { cost: call.cost, ..call.usage }));
            tally.model(model.plugin.name, self.kind, call.micros, said);
            tracing::info!(provider = call.provider, kind = %call.kind, micros = call.micros, "model answered");
        } else {
            tally.model(model.plugin.name, self.kind, call.micros, None);
        }
        self.agent
            .emit(ModelUsed {
                run: self.turn.map(|turn| turn.run),
                provider: call.provider.clone(),
                kind: call.kind.clone(),
                model: call.model.clone(),
                purpose: call.purpose.clone(),
                usage: call.usage,
                cost: call.cost,
                micros: call.micros,
                first_micros: call.first_micros,
                error,
            })
            .await;
    }
}

impl Agent {
    /// Keeps what a plugin was asked, and its answer or why there is none, by the place of the call in the turn's record.
    pub(super) fn keep_prompt(
        &self,
        turn: &TurnContext,
        place: usize,
        kind: &ModelKind,
        (plugin, request): (&'static str, Arc<ModelRequest>),
        answer: Result<&ModelAnswer, &str>,
    ) {
        let kept = Kept {
            kind: kind.clone(),
            plugin: plugin.to_owned(),
            model: answer.map(|answer| answer.model.clone()).unwrap_or_default(),
            request,
            answer: answer.map(Into::into).map_err(str::to_owned),
        };
        self.shared().prompts.keep(turn.run, place, kept);
    }
}

pub(super) fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

pub(super) fn call(
    provider: &str,
    kind: &ModelKind,
    request: &ModelRequest,
    answer: &ModelAnswer,
    micros: u64,
    failed: Vec<(String, String)>,
) -> ModelCall {
    ModelCall {
        provider: provider.to_owned(),
        kind: kind.clone(),
        model: answer.model.clone(),
        purpose: request.purpose.clone(),
        usage: answer.usage,
        cost: None,
        start: 0,
        micros,
        first_micros: None,
        failed,
        step: None,
        text: String::new(),
        calls: Vec::new(),
        providers: Vec::new(),
        problem: None,
        cut: false,
    }
}
