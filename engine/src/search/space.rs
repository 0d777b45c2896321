//! Which model makes the agent's vectors, and how far it has come.

use super::{Embedded, Progress, fill::ENOUGH};
use crate::{
    agent::{Agent, Parts},
    model::{ModelKind, candidates},
    store::{Space, SpaceStatus, StoreError},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// What a search must know of spaces, of one agent.
#[derive(Debug, Default)]
pub(crate) struct Spaces {
    known: Mutex<Known>,
    /// How many fillings came to an end.
    ended: watch::Sender<u64>,
}

/// A loading of the plugin whose model makes vectors. Its model may be another one after it is loaded again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Embedder {
    pub(super) plugin: &'static str,
    load: u64,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    /// What the embedder makes, once it has made something.
    pub(super) current: Option<(Embedder, Current)>,
    /// Memories are being embedded.
    pub(super) filling: bool,
    /// They shall be looked for once more.
    pub(super) again: bool,
    /// How many times in a row the model could not be had.
    pub(super) failures: u32,
    /// After a failure it waits for the time of the next try.
    pub(super) pausing: bool,
    /// Why the last filling ended before its end.
    pub(super) failure: Option<String>,
    /// What models made that are not the embedder, by plugin and loading.
    pub(super) made: BTreeMap<(&'static str, u64), Space>,
    /// The parts whose model made the vectors that are being replaced.
    pub(super) former: Option<Arc<Parts>>,
    /// What was asked lately, the newest last.
    pub(super) asked: VecDeque<(Embedder, String, Embedded)>,
    /// How far the filling is; `None` before the first one.
    pub(super) progress: Option<Progress>,
}

/// The space that an embedder fills.
#[derive(Clone, Debug)]
pub(super) struct Current {
    pub(super) space: Space,
    /// The spaces that are asked too, until this one has seen enough.
    pub(super) older: Vec<Space>,
}

/// How many queries are kept with their vectors: providers of one turn ask for the same.
const ASKED: usize = 16;

impl Known {
    pub(super) fn vector_of(&self, embedder: &Embedder, text: &str) -> Option<Embedded> {
        let known = self.asked.iter().find(|(by, asked, _)| by == embedder && asked == text);
        known.map(|(_, _, made)| made.clone())
    }

    pub(super) fn keep(&mut self, embedder: &Embedder, text: &str, made: &Embedded) {
        if self.asked.len() >= ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back((embedder.clone(), text.to_owned(), made.clone()));
    }
}

impl Spaces {
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells that a filling came to an end.
    pub(super) fn end(&self) {
        self.ended.send_modify(|count| *count += 1);
    }

    pub(super) fn ended(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }
}

impl Embedder {
    /// Whether this made a vector, and not another one that stood in.
    pub(crate) fn made(&self, made: &Embedded) -> bool {
        made.provider == self.plugin
    }
}

impl Agent {
    /// What makes vectors now; `None` if nothing does.
    pub(crate) fn embedder(&self) -> Option<Embedder> {
        embedder_of(&self.parts())
    }

    /// Whether the agent has a `text-embedding` model, so that it finds by meaning too.
    #[must_use]
    pub fn has_embedder(&self) -> bool {
        self.lasting().embedder().is_some()
    }

    /// After a change of plugins: keeps the former model for as long as its vectors are asked.
    pub(crate) fn keep_embedder(&self, before: &Arc<Parts>) {
        let former = embedder_of(before);
        if former.is_some() && former != self.embedder() {
            self.shared().spaces.known().former = Some(Arc::new(before.at_rest()));
        }
    }

    /// The spaces to be asked beside the one of this embedder. Counts only when the embedder is new.
    pub(super) async fn older_spaces(
        &self,
        embedder: &Embedder,
        space: &Space,
    ) -> Result<Vec<Space>, StoreError> {
        {
            let known = self.shared().spaces.known();
            if let Some((by, current)) = &known.current
                && by == embedder
                && current.space == *space
            {
                return Ok(current.older.clone());
            }
        }
        let older = self.count_older(space).await?;
        let current = Current { space: space.clone(), older: older.clone() };
        self.shared().spaces.known().current = Some((embedder.clone(), current));
        self.embed_memories();
        Ok(older)
    }

    /// The spaces that hold more than this one, as long as it does not hold enough.
    pub(super) async fn count_older(&self, space: &Space) -> Result<Vec<Space>, StoreError> {
        let all = self.store().spaces().await?;
        let status = all.iter().find(|status| status.space == *space);
        let vectors = status.map_or(0, |status| status.vectors);
        let enough = |status: &SpaceStatus| status.lacking.saturating_mul(ENOUGH) <= vectors + status.lacking;
        let enough = vectors > 0 && status.is_some_and(enough);
        let more = all.iter().filter(|other| other.space != *space && other.vectors > 0);
        Ok(if enough { Vec::new() } else { more.map(|other| other.space.clone()).collect() })
    }
}

fn embedder_of(parts: &Parts) -> Option<Embedder> {
    let kind = ModelKind::TextEmbedding;
    let chosen = candidates(&parts.models, &kind, parts.plan.character.models.provider_of(&kind)).ok()?;
    let plugin = chosen.first()?.plugin.name;
    Some(Embedder { plugin, load: parts.load_number(plugin) })
}
