//! The vectors that were made lately: texts that are alike go to the model once, also some time after each other.

use crate::{
    search::{Embedded, Embedder},
    store::text_hash,
};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// So many vectors are kept.
const KEPT: usize = 256;

/// What the agent's embedder made lately.
#[derive(Default)]
pub(super) struct Made {
    by: Option<Embedder>,
    vectors: BTreeMap<Uuid, Embedded>,
    /// In the order in which they were made.
    order: VecDeque<Uuid>,
}

impl Made {
    /// Forgets everything that another embedder made.
    pub(super) fn belong_to(&mut self, embedder: Option<&Embedder>) {
        if self.by.as_ref() != embedder {
            *self = Self { by: embedder.cloned(), ..Self::default() };
        }
    }

    pub(super) fn get(&self, text: &str) -> Option<&Embedded> {
        self.vectors.get(&text_hash(text))
    }

    /// Keeps what the embedder made. If that is in another space than what it made before, that is forgotten: its model
    /// is another one by now.
    pub(super) fn keep(&mut self, embedder: Option<&Embedder>, made: &[(&str, &Embedded)]) {
        self.belong_to(embedder);
        for (text, vector) in made {
            if embedder.is_none_or(|embedder| !embedder.made(vector)) {
                continue;
            }
            if self.vectors.values().next().is_some_and(|other| other.space != vector.space) {
                self.vectors.clear();
                self.order.clear();
            }
            let hash = text_hash(text);
            if self.vectors.insert(hash, (*vector).clone()).is_none() {
                self.order.push_back(hash);
            }
            if self.order.len() > KEPT
                && let Some(oldest) = self.order.pop_front()
            {
                self.vectors.remove(&oldest);
            }
        }
    }
}
