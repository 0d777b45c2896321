//! Brings what is known to what the character names: what is new is read, what is gone goes.

use crate::{
    Documents, Knowledge, KnowledgeError, KnowledgeRead,
    files::Reach,
    ingest::{Incoming, Telling},
    source::Meaning,
};
use galatea::{definition::Plugin as _, prelude::Agent, service::kind::KnowledgeChange};
use std::{collections::BTreeSet, time::Instant};

/// What the character names.
#[derive(Default)]
struct Wanted {
    incoming: Vec<Incoming>,
    /// Documents that cannot be had now, by the beginnings of their names: what is known of them stays.
    kept: Vec<String>,
    failed: Vec<(String, String)>,
}

impl Documents {
    /// Reads what the character names; see [`Documents::read_sources`].
    pub(crate) async fn sync(&self) -> Result<KnowledgeRead, KnowledgeError> {
        let begun = Instant::now();
        let _one_at_a_time = self.reading.lock().await;
        self.library.load().await?;
        let Wanted { incoming, kept, failed } = self.wanted().await;
        let mut done = KnowledgeRead { failed, ..KnowledgeRead::default() };
        let named: BTreeSet<String> = incoming.iter().map(|one| one.source.clone()).collect();
        let (documents, mut fragments) = (incoming.len(), 0);
        for (document, one) in (1..).zip(incoming) {
            let source = one.source.clone();
            let telling = Telling { told: &quiet, document, documents, fragments };
            match self.ingest().one(one, telling).await {
                Ok((_, KnowledgeChange::Unchanged)) => done.unchanged += 1,
                Ok((document, change)) => {
                    fragments += document.fragments;
                    tracing::info!(source, fragments = document.fragments, "read into the knowledge");
                    let list =
                        if change == KnowledgeChange::New { &mut done.new } else { &mut done.replaced };
                    list.push(source);
                }
                Err(KnowledgeError::Store(error)) => return Err(error.into()),
                Err(error) => done.failed.push((source, error.to_string())),
            }
        }
        let is_kept = |source: &str| kept.iter().any(|start| is_below(source, start));
        for document in self.library.all() {
            if document.named && !named.contains(&document.source) && !is_kept(&document.source) {
                self.library.forget(&document).await?;
                done.removed.push(document.source);
            }
        }
        done.millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tell(&self.agent, &done).await;
        Ok(done)
    }

    async fn wanted(&self) -> Wanted {
        let (mut wanted, mut seen) = (Wanted::default(), BTreeSet::new());
        for meaning in self.meanings() {
            let written = match &meaning {
                Meaning::Text { text, .. } => text.clone(),
                Meaning::Path(path) => path.clone(),
                Meaning::Url(url) => url.clone(),
            };
            match self.incoming(meaning.clone(), true).await {
                Ok(incoming) => {
                    wanted
                        .incoming
                        .extend(incoming.into_iter().filter(|one| seen.insert(one.source.clone())));
                }
                Err(error) => {
                    let gone = matches!(&error, KnowledgeError::File(error) if error.is_gone());
                    if !gone {
                        wanted.kept.push(self.name_of(&meaning));
                    }
                    wanted.failed.push((written, error.to_string()));
                }
            }
        }
        wanted
    }

    fn name_of(&self, meaning: &Meaning) -> String {
        match meaning {
            Meaning::Path(path) => Reach::of(&self.agent, Knowledge::NAME).name(path),
            Meaning::Url(url) => url.clone(),
            Meaning::Text { text, .. } => text.clone(),
        }
    }
}

/// Whether a source is another one, or a file below it.
fn is_below(source: &str, folder: &str) -> bool {
    let rest = source.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.is_empty())
}

async fn tell(agent: &Agent, done: &KnowledgeRead) {
    for (source, why) in &done.failed {
        tracing::warn!(source, "not known: {why}");
    }
    if done.is_change() {
        let (new, replaced, removed) = (done.new.len(), done.replaced.len(), done.removed.len());
        tracing::info!(new, replaced, removed, millis = done.millis, "the knowledge is read");
    }
    agent.emit(done.clone()).await;
}

fn quiet(_: &galatea::service::kind::KnowledgeProgress) {}
