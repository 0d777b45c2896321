//! Finding by what an earlier model made of memories, when the agent's model is another one by now.

use super::{SearchQuery, unit};
use crate::{
    agent::{Agent, Asking},
    model::{ModelAnswer, ModelKind, ModelRequest, RegisteredModel, TextSink, candidates},
    store::{Scored, Space, StoreError},
};
use std::sync::Arc;
use uuid::Uuid;

impl Agent {
    /// The memories nearest to a query in a space that is not the current one.
    ///
    /// Where the model that made it can still be asked, it is. Else nobody can say where the query stands in it; but the
    /// memories that fit it best by other means stand there, and what is near to them is what is looked for.
    pub(super) async fn near_in_older(
        &self,
        space: &Space,
        query: &SearchQuery,
        anchors: &[Uuid],
        pool: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        let store = self.store();
        let vector = match self.vector_by_older(space, &query.text).await {
            Some(vector) => Some(vector),
            None => middle(space.dimension, &store.vectors(space, anchors).await?),
        };
        match vector {
            Some(vector) => store.search_vectors(space, &vector, &query.filter, pool).await,
            None => Ok(Vec::new()),
        }
    }

    /// What a model that is not the current one makes of a text, if this is its space: another one that is loaded, or the
    /// one that the current one replaced, if nothing that it needs was stopped.
    async fn vector_by_older(&self, space: &Space, text: &str) -> Option<Vec<f32>> {
        let former = self.shared().spaces.known().former.clone();
        let former = former.map(|parts| self.over(parts));
        let now = self.steady();
        for (agent, skipped) in former.iter().map(|former| (former, 0)).chain([(&now, 1)]) {
            if let Some(vector) = agent.vector_by_any(space, text, skipped).await {
                return Some(vector);
            }
        }
        None
    }

    /// What the first model whose space this is makes of a text; so many of the first are not asked.
    async fn vector_by_any(&self, space: &Space, text: &str, skipped: usize) -> Option<Vec<f32>> {
        let parts = self.parts();
        let kind = ModelKind::TextEmbedding;
        let models = candidates(&parts.models, &kind, parts.plan.character.models.provider_of(&kind)).ok()?;
        for model in models.iter().skip(skipped).filter(|model| !self.is_known_as_other(model, space)) {
            let (request, sink) = (Arc::new(ModelRequest::embedding([text])), TextSink::default());
            let asking = Asking { kind: &kind, request: &request, turn: None, sink: &sink, exact: None };
            let Ok(answer) = self.ask(model, asking).await else { continue };
            let Some((made, vector)) = first(model, answer) else { continue };
            self.note_space(model, &made);
            if made == *space {
                return unit(vector);
            }
        }
        None
    }

    /// Whether a model is known to make vectors of another space.
    fn is_known_as_other(&self, model: &RegisteredModel, space: &Space) -> bool {
        let load = self.parts().load_number(model.plugin.name);
        let known = self.shared().spaces.known();
        known.made.get(&(model.plugin.name, load)).is_some_and(|made| made != space)
    }

    fn note_space(&self, model: &RegisteredModel, space: &Space) {
        let load = self.parts().load_number(model.plugin.name);
        self.shared().spaces.known().made.insert((model.plugin.name, load), space.clone());
    }
}

fn first(model: &RegisteredModel, answer: ModelAnswer) -> Option<(Space, Vec<f32>)> {
    let name = if answer.model.is_empty() { model.plugin.name.to_owned() } else { answer.model };
    let vector = answer.vectors.into_iter().next()?;
    Some((Space { model: name, dimension: vector.len() }, vector))
}

/// The direction in the middle of vectors; `None` of none.
fn middle(dimension: usize, vectors: &[(Uuid, Vec<f32>)]) -> Option<Vec<f32>> {
    let mut sum = vec![0.0_f32; dimension];
    for (_, vector) in vectors {
        sum.iter_mut().zip(vector).for_each(|(sum, number)| *sum += number);
    }
    unit(sum)
}
