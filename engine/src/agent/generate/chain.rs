//! From one model to the next until one answers.

use super::{
    Asking,
    account::{call, micros},
    attempt::Rank,
    next::{Next, Tries},
    object,
};
use crate::{
    agent::{Agent, Parts},
    budget::Money,
    model::{
        Format, ModelAnswer, ModelError, ModelKind, ModelRequest, RegisteredModel, TextSink, Usage,
        candidates,
    },
    telemetry::Asked,
    turn::{ModelCall, TurnContext, note_call},
};
use std::{sync::Arc, time::Instant};

/// A question on its way from one model to the next.
pub(super) struct Chain<'a> {
    pub(super) agent: &'a Agent,
    pub(super) kind: &'a ModelKind,
    pub(super) turn: Option<&'a Arc<TurnContext>>,
    sink: &'a TextSink,
    /// Who was asked and why they did not answer.
    failed: Vec<(String, String)>,
    last: Option<ModelError>,
    /// What answers used that did not fit.
    pub(super) unfit: (Usage, Money),
    /// What was asked last, and of whom; only where prompts are kept.
    pub(super) asked: Option<(&'static str, Arc<ModelRequest>)>,
}

impl Agent {
    pub(super) async fn first_answer(
        &self,
        kind: ModelKind,
        request: ModelRequest,
        turn: Option<&Arc<TurnContext>>,
        sink: TextSink,
    ) -> Result<(ModelAnswer, &'static str), ModelError> {
        let agent = self.steady();
        let parts = turn.map_or_else(|| agent.parts(), |turn| Arc::clone(&turn.parts));
        let (models, served) = agent.serving(&parts, &kind)?;
        let parameters = request.parameters.clone().or(&agent.parameters(&kind));
        let mut request = ModelRequest { parameters, ..request };
        if served != kind {
            object::put_in_words(&mut request);
        }
        let (request, begun) = (Arc::new(request), Instant::now());
        let mut chain = Chain {
            agent: &agent,
            kind: &kind,
            turn,
            sink: &sink,
            failed: Vec::new(),
            last: None,
            unfit: Default::default(),
            asked: None,
        };
        for (index, model) in models.iter().enumerate() {
            let rank = Rank { others: index + 1 < models.len(), is_only: models.len() == 1 };
            match chain.answer_of(model, &served, &request, rank).await {
                Ok(answer) => return Ok((answer, model.plugin.name)),
                Err(Next::Model) => {}
                Err(_) => break,
            }
        }
        if let Some(turn) = turn {
            let call = call("none", &kind, &request, &ModelAnswer::default(), micros(begun), chain.failed);
            // Answers that do not fit are paid for all the same.
            let (usage, cost) = chain.unfit;
            let cost = (cost > Money::ZERO).then_some(cost);
            let (start, step) = (turn.start_of(begun), turn.running_step());
            let place = note_call(turn, ModelCall { start, step, usage, cost, ..call });
            let why = chain.last.as_ref().map_or_else(|| "nothing serves it".to_owned(), ToString::to_string);
            chain
                .asked
                .take()
                .into_iter()
                .for_each(|asked| agent.keep_prompt(turn, place, &kind, asked, Err(&why)));
        }
        Err(chain.last.unwrap_or(ModelError::NoModel { kind }))
    }

    /// The models that are asked for a kind, and the kind for which they are: text for objects where nothing makes these.
    fn serving(
        &self,
        parts: &Parts,
        kind: &ModelKind,
    ) -> Result<(Vec<RegisteredModel>, ModelKind), ModelError> {
        let of =
            |kind: &ModelKind| candidates(&parts.models, kind, self.character().models.provider_of(kind));
        let in_words = match kind {
            ModelKind::ObjectSmall => ModelKind::TextSmall,
            ModelKind::ObjectLarge => ModelKind::TextLarge,
            _ => return Ok((of(kind)?, kind.clone())),
        };
        match of(kind) {
            Err(ModelError::NoModel { .. }) => match of(&in_words) {
                Err(ModelError::NoModel { .. }) => Err(ModelError::NoModel { kind: kind.clone() }),
                models => Ok((models?, in_words)),
            },
            models => Ok((models?, kind.clone())),
        }
    }
}

impl Chain<'_> {
    /// What a model answers, asked again as long as that may help; else what is to be done next.
    async fn answer_of(
        &mut self,
        model: &RegisteredModel,
        served: &ModelKind,
        request: &Arc<ModelRequest>,
        rank: Rank,
    ) -> Result<ModelAnswer, Next> {
        let mut tries = Tries::new(self.agent, self.kind);
        let mut request = Arc::clone(request);
        loop {
            // What a model said before it failed does not count once another answer begins.
            let sink = self.sink.anew();
            let exact = self.keeps_prompts().then(Asked::default);
            let asking = Asking {
                kind: served,
                request: &request,
                turn: self.turn,
                sink: &sink,
                exact: exact.as_ref(),
            };
            let begun = Instant::now();
            // Apart from the turn's own future, which is deep already.
            let answer = Box::pin(self.agent.ask_once(model, asking, rank)).await;
            let micros = micros(begun);
            let asked = exact.and_then(Asked::into_request);
            self.asked = asked.map(|asked| (model.plugin.name, asked)).or_else(|| self.asked.take());
            let error = match answer {
                Ok(answer) => match self.fitting(answer, &request) {
                    Ok(answer) => {
                        self.tell_answer(model, &request, &answer, (begun, micros), &sink).await;
                        return Ok(answer);
                    }
                    Err(unfit) => {
                        let (answer, why) = *unfit;
                        self.tell_unfit(model, &request, &answer, micros, &sink).await;
                        if tries.may_mend() {
                            self.failed
                                .push((model.plugin.name.to_owned(), format!("it does not fit: {why}")));
                            request = Arc::new(object::mended(&request, &answer, &why));
                            self.forget(&sink).await;
                            continue;
                        }
                        ModelError::Unfit(why)
                    }
                },
                Err(error) => {
                    self.tell_failure(model, &request, &error, micros).await;
                    error
                }
            };
            let next = self.next(&error, &mut tries, &request, rank.others);
            self.failed.push((model.plugin.name.to_owned(), error.to_string()));
            self.last = Some(error);
            match next {
                Next::Model if rank.others => {
                    self.forget(&sink).await;
                    return Err(Next::Model);
                }
                Next::Model | Next::Stop => return Err(Next::Stop),
                Next::After(pause) => self.agent.clock().sleep(pause).await,
                Next::Shorter(shorter) => request = shorter,
            }
            self.forget(&sink).await;
        }
    }

    /// Tells who follows that what came so far does not count.
    async fn forget(&self, sink: &TextSink) {
        if sink.was_used() {
            sink.restart().await;
        }
    }

    /// The answer with its JSON in plain form, where one is wanted; else the answer as it is and what is wrong.
    fn fitting(
        &self,
        answer: ModelAnswer,
        request: &ModelRequest,
    ) -> Result<ModelAnswer, Box<(ModelAnswer, String)>> {
        let wants_object = matches!(self.kind, ModelKind::ObjectSmall | ModelKind::ObjectLarge);
        match &request.format {
            Format::Json(schema) if wants_object => match object::fitting(&answer.text, schema) {
                Ok(text) => Ok(ModelAnswer { text, ..answer }),
                Err(why) => Err(Box::new((answer, why))),
            },
            _ => Ok(answer),
        }
    }

    /// Who failed before the one that answers.
    pub(super) fn take_failed(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.failed)
    }
}
