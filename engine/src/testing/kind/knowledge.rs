//! Knowledge in memory.

use super::{Outcome, demand, given, lock, missing, not_found, refuse};
use crate::{
    citation::Citation,
    service::kind::{
        KindFault, KnowledgeAdded, KnowledgeBase, KnowledgeChange, KnowledgeDocument, KnowledgeHit,
        KnowledgeSource, ToldProgress,
    },
    text::{bm25::Bm25, id::stable_id},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Mutex};
use uuid::Uuid;

/// Keeps texts and documents of text, whole; it reads neither files nor addresses. Each paragraph is a fragment.
#[derive(Debug, Default)]
pub struct InMemoryKnowledge(Mutex<BTreeMap<String, String>>);

fn document(source: &str, text: &str) -> KnowledgeDocument {
    KnowledgeDocument {
        id: stable_id(source),
        source: source.to_owned(),
        title: None,
        media_type: "text/plain".to_owned(),
        bytes: text.len() as u64,
        fragments: text.split("\n\n").count() as u64,
        at: Timestamp::UNIX_EPOCH,
        named: false,
    }
}

#[async_trait]
impl KnowledgeBase for InMemoryKnowledge {
    async fn add(
        &self,
        source: KnowledgeSource,
        _told: ToldProgress<'_>,
    ) -> Result<KnowledgeAdded, KindFault> {
        let (name, text) = match source {
            KnowledgeSource::Text { text, title } => (title.unwrap_or_else(|| text.clone()), text),
            KnowledgeSource::Bytes { name, bytes, .. } => {
                (name, String::from_utf8_lossy(&bytes).into_owned())
            }
            KnowledgeSource::Path(_) | KnowledgeSource::Url(_) => return refuse("this reads no files"),
        };
        let added = document(&name, &text);
        let change = match lock(&self.0).insert(name, text.clone()) {
            None => KnowledgeChange::New,
            Some(before) if before == text => KnowledgeChange::Unchanged,
            Some(_) => KnowledgeChange::Replaced,
        };
        Ok(KnowledgeAdded { documents: vec![(added, change)], failed: Vec::new() })
    }

    async fn documents(&self) -> Result<Vec<KnowledgeDocument>, KindFault> {
        Ok(lock(&self.0).iter().map(|(source, text)| document(source, text)).collect())
    }

    async fn remove(&self, wanted: &str) -> Result<Vec<KnowledgeDocument>, KindFault> {
        let mut all = lock(&self.0);
        let id = Uuid::try_parse(wanted).ok();
        let source = all.keys().find(|source| *source == wanted || Some(stable_id(source)) == id).cloned();
        let source = source.ok_or_else(|| missing(wanted))?;
        let text = all.remove(&source).unwrap_or_default();
        Ok(vec![document(&source, &text)])
    }

    async fn search(&self, query: &str, limit: usize) -> Result<Vec<KnowledgeHit>, KindFault> {
        let all = lock(&self.0);
        let fragments: Vec<(&String, &str)> = all
            .iter()
            .flat_map(|(source, text)| text.split("\n\n").map(move |part| (source, part)))
            .collect();
        let hits = Bm25::new(fragments.iter().map(|(_, part)| *part)).search(query, limit);
        let hit = |(rank, hit): (usize, crate::text::bm25::Hit)| {
            let (source, text) = fragments.get(hit.index)?;
            let citation = Citation {
                label: (rank + 1).to_string(),
                source: (*source).clone(),
                document: Some(stable_id(source)),
                text: (*text).to_owned(),
                ..Citation::default()
            };
            Some(KnowledgeHit { score: hit.score, citation })
        };
        Ok(hits.into_iter().enumerate().filter_map(hit).collect())
    }
}

/// Checks a service for knowledge. It adds two documents of its own and takes them away.
///
/// # Errors
/// What it did and should have done.
pub async fn check_knowledge(service: &dyn KnowledgeBase) -> Outcome {
    let quiet = |_: &_| {};
    let text = |name: &str, text: &str| KnowledgeSource::Bytes {
        name: name.to_owned(),
        media_type: Some("text/plain".to_owned()),
        bytes: text.as_bytes().to_vec(),
    };
    let before = given(service.documents().await, "documents")?;
    for (name, said, wanted) in [
        ("check-tides.txt", "The tide turns at noon in Zanzibar.", KnowledgeChange::New),
        ("check-tides.txt", "The tide turns at noon in Zanzibar.", KnowledgeChange::Unchanged),
        ("check-tides.txt", "The tide turns at dusk in Zanzibar.", KnowledgeChange::Replaced),
        ("check-moon.txt", "The moon of the harbour is a lamp.", KnowledgeChange::New),
    ] {
        let added = given(service.add(text(name, said), &quiet).await, "add")?;
        let changes: Vec<KnowledgeChange> = added.documents.iter().map(|(_, change)| *change).collect();
        demand(changes == [wanted] && added.failed.is_empty(), &format!("{name} `{said}` is {wanted:?}"))?;
    }
    let documents = given(service.documents().await, "documents")?;
    demand(documents.len() == before.len() + 2, "each document is listed once")?;
    demand(documents.is_sorted_by(|a, b| a.source <= b.source), "documents are sorted")?;
    let found = given(service.search("When does the tide turn in Zanzibar?", 3).await, "search")?;
    let best = found.first().map(|hit| &hit.citation);
    demand(best.is_some_and(|best| best.text.contains("dusk")), "what fits best is first, as it is now")?;
    demand(best.is_some_and(|best| best.source.ends_with("check-tides.txt")), "a hit says its source")?;
    demand(found.iter().all(|hit| !hit.citation.text.contains("noon")), "what was replaced is gone")?;
    demand(given(service.search("tide", 0).await, "search")?.is_empty(), "at most the limit is given")?;
    for document in documents.iter().filter(|one| !before.contains(one)) {
        let gone = given(service.remove(&document.id.to_string()).await, "remove")?;
        demand(gone.len() == 1, "a document is removed by its id")?;
    }
    demand(given(service.documents().await, "documents")? == before, "what was removed is gone")?;
    let found = given(service.search("tide Zanzibar", 3).await, "search")?;
    demand(found.iter().all(|hit| !hit.citation.text.contains("Zanzibar")), "its fragments are gone too")?;
    not_found(service.remove("check-tides.txt").await, "removing what is not there")
}
