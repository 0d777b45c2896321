//! Calls a model: chosen by kind and rank, with the next one where it fails.
//!
//! `chain` goes from one model to the next, `attempt` asks one of them once, `next` decides what follows a failure,
//! `shorter` cuts a request that is too long, `object` holds answers against schemas, `read` takes actions and text out of
//! what was written, `account` tells of a call.

mod account;
mod attempt;
mod chain;
mod next;
mod object;
mod read;
mod shorter;

use super::Agent;
use crate::{
    event::{EmbeddingGenerationCompleted, EmbeddingGenerationFailed, EmbeddingGenerationRequested},
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, TextSink},
    turn::TurnContext,
};
use account::micros;
use std::{sync::Arc, time::Instant};

pub(crate) use attempt::Asking;

impl Agent {
    /// Asks the models that serve a kind, best first, until one answers. `turn` is the turn it belongs to,
    /// `sink` where text goes while it is made. Where a model fails in the middle of its text, the sink says so
    /// ([`Piece::Again`](crate::model::Piece::Again)) and another one begins.
    ///
    /// A kind of objects that nothing serves is asked of the text models, with the schema in words. An answer that does not
    /// fit the schema of an object kind is mended once by the model that gave it.
    ///
    /// # Errors
    /// The error of the last model tried; [`ModelError::NoModel`] if nothing serves the kind, [`ModelError::OverBudget`]
    /// if the character does not let so much be spent.
    pub async fn generate(
        &self,
        kind: ModelKind,
        request: ModelRequest,
        turn: Option<&Arc<TurnContext>>,
        sink: TextSink,
    ) -> Result<ModelAnswer, ModelError> {
        if kind != ModelKind::TextEmbedding {
            let answer = Box::pin(self.first_answer(kind, request, turn, sink)).await;
            return answer.map(|(answer, _)| answer);
        }
        self.make_vectors(request, turn).await.map(|(answer, _)| answer)
    }

    /// The vectors of texts, and the plugin that made them.
    pub(crate) async fn make_vectors(
        &self,
        request: ModelRequest,
        turn: Option<&Arc<TurnContext>>,
    ) -> Result<(ModelAnswer, &'static str), ModelError> {
        let (run, begun) = (turn.map(|turn| turn.run), Instant::now());
        self.emit(EmbeddingGenerationRequested { run }).await;
        let answer = self.first_answer(ModelKind::TextEmbedding, request, turn, TextSink::default());
        let answer = Box::pin(answer).await;
        match &answer {
            Ok((answer, _)) => {
                let (model, micros) = (answer.model.clone(), micros(begun));
                self.emit(EmbeddingGenerationCompleted { run, model, micros }).await;
            }
            Err(error) => self.emit(EmbeddingGenerationFailed { run, error: error.to_string() }).await,
        }
        answer
    }
}
