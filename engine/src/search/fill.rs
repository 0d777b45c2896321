//! Giving memories their vectors, in the background.
//!
//! What lacks a vector is found by asking the store, so nothing is forgotten when the process ends, and nothing has to be told
//! by who writes memories. The newest come first; texts that are alike go to the model once.

use super::{Embedded, space::Current, space::Embedder, unit};
use crate::{
    agent::Agent,
    event::EmbeddingProgress,
    service::{EmbedError, Embeddings, Priority},
    store::{Lacking, NewVector, Space, StoreError, text_hash},
};
use futures_util::future::join_all;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// How many memories are read, embedded and written at once.
const BATCH: usize = 128;

/// Once only one in so many of the memories waits for the new model, the older ones are not asked any more.
pub(super) const ENOUGH: u64 = 20;

/// How long to wait after the first failure; twice as long after each further one.
const PAUSE: Duration = Duration::from_secs(15);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// How far the memories are embedded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Progress {
    /// The space of the current model.
    pub space: Space,
    /// How many memories were given their vectors since this began.
    pub done: u64,
    /// How many still wait for theirs.
    pub waiting: u64,
    /// The spaces of earlier models, which are asked until this one has seen enough; they are deleted at the end.
    pub older: Vec<Space>,
}

/// Why the filling ended before its end.
enum Stopped {
    /// The embedding model was changed; it begins anew.
    Changed,
    /// The agent has none.
    NoModel,
    /// It is tried again after a pause.
    Failed(String),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Agent {
    /// Sees to it that memories which lack a vector get one, in the background. The engine does so at the start, after
    /// every turn and when the model is changed; who writes memories outside of turns may ask for it.
    /// Without a `text-embedding` model nothing is done; after a failure of it nothing before its pause is over.
    pub fn embed_memories(&self) {
        self.fill_soon(false);
    }

    /// The same; `at_once` does not wait for the end of a pause.
    pub(crate) fn fill_soon(&self, at_once: bool) {
        let agent = self.live();
        if agent.embedder().is_none() || agent.ending().is_cancelled() {
            return;
        }
        {
            let mut known = agent.shared().spaces.known();
            if known.pausing && !at_once {
                return;
            }
            known.again = true;
            if std::mem::replace(&mut known.filling, true) {
                return;
            }
        }
        let ending = agent.ending().clone();
        self.spawn_timer(async move {
            tokio::select! {
                biased;
                () = ending.cancelled() => {}
                () = agent.keep_filling() => {}
            }
        });
    }

    /// Waits until no memory lacks a vector, or until it is known why they do; gives how far it is.
    /// `None` where the agent has no `text-embedding` model.
    ///
    /// # Errors
    /// Why the model or the storage failed; it is tried again later.
    pub async fn memories_embedded(&self) -> Result<Option<Progress>, EmbedError> {
        let agent = self.live();
        if agent.embedder().is_none() {
            return Ok(None);
        }
        let mut ended = agent.shared().spaces.ended();
        let seen = *ended.borrow_and_update();
        agent.fill_soon(true);
        // The filling that runs now may have looked before the last write; the end of it, or of the next one, has not.
        while *ended.borrow_and_update() == seen {
            tokio::select! {
                () = agent.ending().cancelled() => return Err(EmbedError::Failed("the agent ends".to_owned())),
                changed = ended.changed() => changed.map_err(|error| EmbedError::Failed(error.to_string()))?,
            }
        }
        let known = agent.shared().spaces.known();
        match &known.failure {
            Some(why) => Err(EmbedError::Failed(why.clone())),
            None => Ok(known.progress.clone()),
        }
    }

    /// How far the memories are embedded; `None` before the first one was.
    #[must_use]
    pub fn embedding_progress(&self) -> Option<Progress> {
        self.shared().spaces.known().progress.clone()
    }

    async fn keep_filling(&self) {
        loop {
            self.shared().spaces.known().again = false;
            let stopped = self.fill().await;
            let mut known = self.shared().spaces.known();
            known.failure = None;
            match stopped {
                Ok(()) => {
                    known.failures = 0;
                    known.pausing = false;
                }
                Err(Stopped::Changed) => continue,
                Err(Stopped::NoModel) => {}
                Err(Stopped::Failed(why)) => {
                    known.failures += 1;
                    let pause = (PAUSE * 2_u32.saturating_pow(known.failures - 1)).min(LONGEST_PAUSE);
                    tracing::warn!("memories wait for their vectors; trying again in {pause:?}: {why}");
                    known.failure = Some(why);
                    if !std::mem::replace(&mut known.pausing, true) {
                        self.try_later(pause);
                    }
                }
            }
            if !known.again || known.failure.is_some() {
                known.filling = false;
                drop(known);
                self.shared().spaces.end();
                return;
            }
        }
    }

    /// Looks again after a pause, without keeping the agent.
    fn try_later(&self, pause: Duration) {
        let (weak, clock, ending) = (self.weak(), self.clock().clone(), self.ending().clone());
        self.spawn_timer(async move {
            tokio::select! {
                () = ending.cancelled() => {}
                () = clock.sleep(pause) => {
                    if let Some(agent) = weak.upgrade() {
                        agent.shared().spaces.known().pausing = false;
                        agent.fill_soon(true);
                    }
                }
            }
        });
    }

    async fn fill(&self) -> Result<(), Stopped> {
        let embedder = self.embedder().ok_or(Stopped::NoModel)?;
        let Some(space) = self.space_of(&embedder).await? else { return Ok(()) };
        let mut filling = Filling { agent: self.clone(), embedder, space, done: 0, waiting: None };
        let mut walk = filling.read(None).await?;
        // A short list is what a turn or two wrote; only a long one is worth being counted and told of.
        if walk.len() == BATCH {
            filling.begin().await?;
        }
        while let Some((newest, oldest)) = ends(&walk) {
            filling.embed(walk).await?;
            filling.tell().await;
            // What was written meanwhile goes first.
            filling.newer_than(newest).await?;
            walk = filling.read(Some(oldest)).await?;
        }
        filling.finish().await
    }

    /// The space that an embedder fills. It is asked for one vector if it has made none yet and a memory waits for one.
    async fn space_of(&self, embedder: &Embedder) -> Result<Option<Space>, Stopped> {
        if let Some((by, current)) = &self.shared().spaces.known().current
            && by == embedder
        {
            return Ok(Some(current.space.clone()));
        }
        let nowhere = Space { model: String::new(), dimension: 0 };
        if self.store().lacking(&nowhere, None, 1).await?.is_empty() {
            return Ok(None);
        }
        let probe = Embeddings::of(self).embed_anew("Hello", Priority::Normal).await;
        let made = probe.map_err(|error| Stopped::Failed(error.to_string()))?;
        if made.provider != embedder.plugin {
            return Err(if self.embedder().as_ref() == Some(embedder) {
                Stopped::Failed(format!("`{}` did not make a vector", embedder.plugin))
            } else {
                Stopped::Changed
            });
        }
        let older = self.count_older(&made.space).await?;
        let current = Current { space: made.space.clone(), older };
        self.shared().spaces.known().current = Some((embedder.clone(), current));
        Ok(Some(made.space))
    }
}

/// The highest and lowest ordinal of a list that begins with the newest.
fn ends(lacking: &[Lacking]) -> Option<(u64, u64)> {
    Some((lacking.first()?.ordinal, lacking.last()?.ordinal))
}

/// One walk through the memories that lack a vector.
struct Filling {
    agent: Agent,
    embedder: Embedder,
    space: Space,
    done: u64,
    /// How many waited at the beginning, if they were counted.
    waiting: Option<u64>,
}

impl Filling {
    async fn read(&self, before: Option<u64>) -> Result<Vec<Lacking>, Stopped> {
        if self.agent.embedder().as_ref() != Some(&self.embedder) {
            return Err(Stopped::Changed);
        }
        Ok(self.agent.store().lacking(&self.space, before, BATCH).await?)
    }

    /// Embeds what was written since, if somebody said that something was.
    async fn newer_than(&mut self, newest: u64) -> Result<(), Stopped> {
        if std::mem::take(&mut self.agent.shared().spaces.known().again) {
            let mut new = self.read(None).await?;
            new.retain(|memory| memory.ordinal > newest);
            self.embed(new).await?;
        }
        Ok(())
    }

    async fn embed(&mut self, lacking: Vec<Lacking>) -> Result<(), Stopped> {
        let mut texts: BTreeMap<Uuid, (String, Vec<Uuid>)> = BTreeMap::new();
        for Lacking { id, text, .. } in lacking {
            texts.entry(text_hash(&text)).or_insert_with(|| (text, Vec::new())).1.push(id);
        }
        let hashes: Vec<Uuid> = texts.keys().copied().collect();
        let known = self.agent.store().vectors_of_texts(&self.space, &hashes).await?;
        let mut vectors: BTreeMap<Uuid, Option<Vec<f32>>> =
            known.into_iter().map(|(hash, vector)| (hash, Some(vector))).collect();
        let new: Vec<(Uuid, &String)> = texts
            .iter()
            .filter(|(hash, _)| !vectors.contains_key(hash))
            .map(|(hash, (text, _))| (*hash, text))
            .collect();
        vectors.extend(self.made(&new).await?);
        let all = texts.into_iter().flat_map(|(hash, (_, ids))| {
            let vector = vectors.get(&hash).cloned().flatten();
            ids.into_iter().map(move |memory| NewVector { memory, hash, vector: vector.clone() })
        });
        let all: Vec<NewVector> = all.collect();
        self.agent.store().put_vectors(&self.space, &all).await?;
        self.done += all.len() as u64;
        Ok(())
    }

    /// What the model makes of texts; `None` of those that it refuses.
    async fn made(&self, texts: &[(Uuid, &String)]) -> Result<BTreeMap<Uuid, Option<Vec<f32>>>, Stopped> {
        let embeddings = Embeddings::of(&self.agent);
        let asked = texts.iter().map(|(_, text)| embeddings.embed_in_space(text.as_str(), Priority::Low));
        let mut made = BTreeMap::new();
        for ((hash, _), answer) in texts.iter().zip(join_all(asked).await) {
            made.insert(*hash, self.taken(answer)?);
        }
        if !made.is_empty() && made.values().all(Option::is_none) {
            // A model that refuses everything is not to be had; one that makes something of a plain word is.
            let plain = embeddings.embed_anew("Hello", Priority::Low).await;
            self.taken(plain)?.ok_or_else(|| Stopped::Failed("the model refuses every text".to_owned()))?;
        }
        Ok(made)
    }

    /// A vector of the space that is being filled; `None` if the model refuses the text.
    fn taken(&self, answer: Result<Embedded, EmbedError>) -> Result<Option<Vec<f32>>, Stopped> {
        match answer {
            Ok(made) if made.provider != self.embedder.plugin => {
                // Another one stood in, or was chosen: what it makes does not compare.
                Err(if self.agent.embedder().as_ref() == Some(&self.embedder) {
                    Stopped::Failed(format!("`{}` did not make a vector", self.embedder.plugin))
                } else {
                    Stopped::Changed
                })
            }
            Ok(made) if made.space != self.space => {
                self.agent.shared().spaces.known().current = None;
                Err(Stopped::Changed)
            }
            Ok(made) => Ok(unit(made.vector)),
            Err(EmbedError::Refused(why)) => {
                tracing::warn!("a memory stays without a vector: {why}");
                Ok(None)
            }
            Err(error) => Err(Stopped::Failed(error.to_string())),
        }
    }

    /// Counts what waits, and tells that it is a lot.
    async fn begin(&mut self) -> Result<(), Stopped> {
        let all = self.agent.store().spaces().await?;
        let waiting = match all.iter().find(|status| status.space == self.space) {
            Some(status) => status.lacking,
            // The others lack nothing, or not much more.
            None => all.iter().map(|other| other.vectors + other.lacking).max().unwrap_or(BATCH as u64),
        };
        self.waiting = Some(waiting);
        self.tell().await;
        Ok(())
    }

    /// Writes down how far it is, and tells it if there is a lot to do.
    async fn tell(&self) {
        let waiting = self.waiting.unwrap_or(0).saturating_sub(self.done);
        if let Some(all) = self.waiting.filter(|all| waiting.saturating_mul(ENOUGH) <= *all)
            && all > 0
            && let Some((_, current)) = &mut self.agent.shared().spaces.known().current
        {
            current.older.clear();
        }
        let progress = Progress { space: self.space.clone(), done: self.done, waiting, older: self.older() };
        self.agent.shared().spaces.known().progress = Some(progress.clone());
        if self.waiting.is_some() {
            self.agent.emit(EmbeddingProgress { progress }).await;
        }
    }

    fn older(&self) -> Vec<Space> {
        let known = self.agent.shared().spaces.known();
        known.current.as_ref().map(|(_, current)| current.older.clone()).unwrap_or_default()
    }

    /// Nothing lacks a vector any more: what earlier models made is not needed.
    async fn finish(self) -> Result<(), Stopped> {
        // Asked from the newest on, an empty answer lets the store remember that all before is done.
        if !self.read(None).await?.is_empty() {
            self.agent.shared().spaces.known().again = true;
            return Ok(());
        }
        for other in self.agent.store().spaces().await? {
            if other.space != self.space {
                self.agent.store().delete_space(&other.space).await?;
                tracing::info!("vectors of {} are replaced by those of {}", other.space, self.space);
            }
        }
        {
            let mut known = self.agent.shared().spaces.known();
            known.former = None;
            known.made.clear();
            if let Some((_, current)) = &mut known.current {
                current.older.clear();
            }
        }
        let progress = Progress { space: self.space.clone(), done: self.done, waiting: 0, older: Vec::new() };
        self.agent.shared().spaces.known().progress = Some(progress.clone());
        if self.done > 0 {
            self.agent.emit(EmbeddingProgress { progress }).await;
        }
        Ok(())
    }
}
