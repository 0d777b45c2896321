//! Finding by what an earlier model made of memories, when the agent's model is another one by now.

use super::{SearchQuery, unit};
use crate::{
    agent::Agent,
    model::{ModelAnswer, ModelKind, ModelRequest, RegisteredModel, TextSink, candidates},
    store::{Scored, Space, StoreError},
};
use std::sync::Arc;
use uuid::Uuid;

impl Agent {
    /// The memories nearest to a query in a space that is not the current one.
    ///
    /// Where the model that made it is still loaded, it is asked. Else nobody can say where the query stands in it; but the
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

    /// What a model that is loaded, and is not the current one, makes of a text, if this is its space.
    async fn vector_by_older(&self, space: &Space, text: &str) -> Option<Vec<f32>> {
        let agent = self.steady();
        let parts = agent.parts();
        let kind = ModelKind::TextEmbedding;
        let chosen = parts.plan.character.models.provider_of(&kind);
        let others = candidates(&parts.models, &kind, chosen).ok()?;
        for model in others.iter().skip(1) {
            if agent.is_known_as_other(model, space) {
                continue;
            }
            let request = Arc::new(ModelRequest::embedding([text]));
            let Ok(answer) = agent.ask(model, &request, None, &TextSink::default()).await else { continue };
            let (made, vector) = first(model, answer)?;
            agent.note_space(model, &made);
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
