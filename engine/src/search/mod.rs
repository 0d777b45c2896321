//! Finding memories by their words and by what they mean, both at once.
//!
//! [`Agent::search`] asks the store twice, for the words of the query (BM25) and for the vectors nearest to its own, and fuses
//! both rankings (`fuse`); handlers take [`Search`](crate::extract::Search). The vectors are made by the agent's
//! `text-embedding` model, of memories in the background (`fill`), of a query at once. `space` knows which model that is
//! and what it has made so far; `older` keeps finding by what an earlier model made until the current one has seen
//! enough; `snippet` cuts out of a text what was looked for. An agent without such a model finds by words alone.

mod fill;
mod fuse;
mod older;
mod query;
mod snippet;
mod space;

pub use fill::Progress;
pub use query::{Found, Hit, Method, Place, SearchQuery};
pub use snippet::{Snippet, snippet};

pub(crate) use space::{Embedder, Spaces};

use crate::{
    agent::Agent,
    service::{EmbedError, Embeddings, Priority},
    store::{Scored, Space, StoreError},
};
use fuse::{Fused, fuse};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many hits of each ranking are fused, for one that is wanted.
const POOL: usize = 4;
/// The fewest that are.
const LEAST_POOL: usize = 40;

/// What the vectors say.
struct Near {
    ranking: Vec<Scored>,
    method: Method,
}

impl Agent {
    /// The memories that fit a text, best first: by words and, where the agent has a `text-embedding` model, by meaning.
    /// That the model fails is no error: then the words decide alone, and [`Found::method`] says why.
    ///
    /// While memories are embedded anew for another model, those that it has not seen yet are found by what the earlier
    /// one made.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn search(&self, query: &SearchQuery) -> Result<Found, StoreError> {
        let pool = query.limit.saturating_mul(POOL).max(LEAST_POOL);
        let words = self.store().search_words(&query.text, &query.filter, pool).await?;
        let near = self.near(query, &words, pool).await?;
        let fused = fuse(&words, &near.ranking, query.limit);
        let ids: Vec<Uuid> = fused.iter().map(|fused| fused.id).collect();
        let found = self.store().memories_by_id(&ids).await?;
        let mut found: BTreeMap<Uuid, _> = found.into_iter().map(|memory| (memory.id, memory)).collect();
        // One that was deleted a moment ago is left out.
        let hits = fused.into_iter().filter_map(|Fused { id, score, words, meaning }| {
            Some(Hit { memory: found.remove(&id)?, score, words, meaning })
        });
        Ok(Found { hits: hits.collect(), method: near.method })
    }

    async fn near(&self, query: &SearchQuery, words: &[Scored], pool: usize) -> Result<Near, StoreError> {
        let by_words = |why: String| Ok(Near { ranking: Vec::new(), method: Method::Words { why } });
        if query.text.trim().is_empty() {
            return by_words("nothing is asked".to_owned());
        }
        // What makes vectors is what does so now, also in a turn that began before it was changed.
        let agent = self.lasting();
        let Some(embedder) = agent.embedder() else {
            return by_words("no plugin serves the model kind `text-embedding`".to_owned());
        };
        let embedded = match agent.vector_of_query(&embedder, &query.text).await {
            Ok(embedded) => embedded,
            Err(error) => return by_words(error.to_string()),
        };
        let Some(vector) = unit(embedded.vector) else {
            return by_words(format!("`{}` makes nothing of this text", embedded.space.model));
        };
        if embedded.provider != embedder.plugin {
            return by_words(format!("`{}` did not answer", embedder.plugin));
        }
        let space = embedded.space;
        let older = agent.older_spaces(&embedder, &space).await?;
        let mut ranking = self.store().search_vectors(&space, &vector, &query.filter, pool).await?;
        if older.is_empty() {
            return Ok(Near { ranking, method: Method::WordsAndMeaning { space } });
        }
        let anchors = anchors(words, &ranking);
        for older in &older {
            let found = agent.near_in_older(older, query, &anchors, pool).await?;
            ranking = fuse::by_best_place(ranking, found);
        }
        Ok(Near { ranking, method: Method::Changing { space, older } })
    }
}

impl Agent {
    async fn vector_of_query(&self, embedder: &Embedder, text: &str) -> Result<Embedded, EmbedError> {
        if let Some(known) = self.shared().spaces.known().vector_of(embedder, text) {
            return Ok(known);
        }
        let made = Embeddings::of(self).embed_in_space(text, Priority::High).await?;
        if made.provider == embedder.plugin {
            self.shared().spaces.known().keep(embedder, text, &made);
        }
        Ok(made)
    }
}

/// The best of both rankings: of what a text is about, if nothing else is known.
fn anchors(words: &[Scored], near: &[Scored]) -> Vec<Uuid> {
    fuse(words, near, 3).into_iter().map(|fused| fused.id).collect()
}

/// The vector at length 1; `None` if it has no length.
pub(crate) fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    if !length.is_finite() || length < 1e-12 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a number between -1 and 1")]
    vector.iter_mut().for_each(|number| *number = (f64::from(*number) / length) as f32);
    Some(vector)
}

/// What a model made of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// Where it can be compared.
    pub space: Space,
    /// The vector, as the model gave it.
    pub vector: Vec<f32>,
    /// The plugin that made it.
    pub provider: &'static str,
}
