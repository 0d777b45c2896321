//! Which documents there are: in the storage, and in memory by their names.

use crate::record::{Document, Place, Rooms, begun_kind, fragment_id};
use galatea::{
    agent::Agent,
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, Store, StoreError},
};
use jiff::SignedDuration;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How many memories are read or deleted at once.
const AT_ONCE: usize = 500;

/// Fragments whose writing began this long ago, and was not heard of since, are nobody's.
const FORSAKEN: SignedDuration = SignedDuration::from_mins(60);

/// The documents of an agent.
#[derive(Debug)]
pub(crate) struct Library {
    agent: Agent,
    pub(crate) rooms: Rooms,
    index: Mutex<Index>,
}

/// The documents by their sources, and the sources by their texts.
#[derive(Debug, Default)]
struct Index {
    by_source: BTreeMap<String, Document>,
    by_content: BTreeMap<Uuid, BTreeSet<String>>,
}

impl Index {
    fn insert(&mut self, document: Document) {
        self.remove(&document.source);
        self.by_content.entry(document.content).or_default().insert(document.source.clone());
        self.by_source.insert(document.source.clone(), document);
    }

    fn remove(&mut self, source: &str) {
        let Some(gone) = self.by_source.remove(source) else { return };
        if let Some(sources) = self.by_content.get_mut(&gone.content) {
            sources.remove(source);
            if sources.is_empty() {
                self.by_content.remove(&gone.content);
            }
        }
    }

    fn with_content(&self, content: Uuid) -> Option<&Document> {
        self.by_source.get(self.by_content.get(&content)?.first()?)
    }
}

impl Library {
    /// What the storage has.
    pub(crate) async fn open(agent: Agent) -> Result<Self, StoreError> {
        let rooms = Rooms::of(agent.id());
        let library = Self { agent, rooms, index: Mutex::default() };
        library.load().await?;
        Ok(library)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store(&self) -> Arc<dyn Store> {
        self.agent.store()
    }

    /// Reads the documents from the storage: another process may have added some.
    pub(crate) async fn load(&self) -> Result<(), StoreError> {
        let mut found = Index::default();
        for memory in self.all_of(MemoryKind::Document).await? {
            // The newest one counts, should a source have two; the loop goes from the newest to the oldest.
            if let Some(document) = Document::of(&memory)
                && !found.by_source.contains_key(&document.source)
            {
                found.insert(document);
            }
        }
        *self.index() = found;
        Ok(())
    }

    /// The memories of a kind in the room of documents, newest first.
    async fn all_of(&self, kind: MemoryKind) -> Result<Vec<Memory>, StoreError> {
        let mut query = MemoryQuery {
            kind: Some(kind),
            room: Some(self.rooms.documents),
            limit: AT_ONCE,
            ..MemoryQuery::default()
        };
        let mut all = Vec::new();
        loop {
            let read = self.store().memories(&query).await?;
            query.before = read.first().map(|memory| memory.sequence);
            let is_last = read.len() < AT_ONCE;
            all.extend(read.into_iter().rev());
            if is_last {
                return Ok(all);
            }
        }
    }

    /// The document of a source.
    pub(crate) fn get(&self, source: &str) -> Option<Document> {
        self.index().by_source.get(source).cloned()
    }

    /// Every document, by source.
    pub(crate) fn all(&self) -> Vec<Document> {
        self.index().by_source.values().cloned().collect()
    }

    /// The first document with this text.
    pub(crate) fn with_content(&self, content: Uuid) -> Option<Document> {
        self.index().with_content(content).cloned()
    }

    /// The documents of texts, each under its text; those that are not in memory are looked for in the storage.
    pub(crate) async fn of_contents(
        &self,
        contents: &[Uuid],
    ) -> Result<BTreeMap<Uuid, Document>, StoreError> {
        let known = |found: &mut BTreeMap<Uuid, Document>| {
            let index = self.index();
            let there =
                contents.iter().filter_map(|content| Some((*content, index.with_content(*content)?.clone())));
            found.extend(there);
        };
        let mut found = BTreeMap::new();
        known(&mut found);
        if contents.iter().any(|content| !found.contains_key(content)) {
            self.load().await?;
            known(&mut found);
        }
        Ok(found)
    }

    /// Writes a document down, in place of the one of its source. Its fragments must be there.
    pub(crate) async fn keep(&self, document: &Document, beginning: &str) -> Result<(), StoreError> {
        let before = self.get(&document.source);
        let same = before.as_ref().filter(|before| before.id == document.id);
        if let Some(same) = same {
            self.store().delete_memories(&[same.id]).await?;
        }
        self.store().add_memories(&[document.memory(&self.rooms, beginning)]).await?;
        self.index().insert(document.clone());
        if let Some(before) = before.filter(|before| before.id != document.id) {
            self.erase(&before).await?;
        }
        Ok(())
    }

    /// Forgets a document.
    pub(crate) async fn forget(&self, document: &Document) -> Result<(), StoreError> {
        self.index().remove(&document.source);
        self.erase(document).await
    }

    /// Deletes a document that is not in the index any more, and its fragments if no other document has them.
    async fn erase(&self, document: &Document) -> Result<(), StoreError> {
        let content = document.content;
        let is_used = self.with_content(content).is_some();
        if !is_used {
            self.begin(content).await?;
        }
        self.store().delete_memories(&[document.id]).await?;
        if !is_used {
            self.delete_fragments(content).await?;
            self.done(content).await?;
        }
        Ok(())
    }

    /// Notes that the fragments of a text are being written or deleted, so that they do not stay behind if the process ends.
    pub(crate) async fn begin(&self, content: Uuid) -> Result<(), StoreError> {
        let note = self.rooms.begun(content, self.agent.clock().now());
        self.store().delete_memories(&[note.id]).await?;
        self.store().add_memories(&[note]).await.map(drop)
    }

    /// Takes the note away.
    pub(crate) async fn done(&self, content: Uuid) -> Result<(), StoreError> {
        let note = self.rooms.begun(content, self.agent.clock().now());
        self.store().delete_memories(&[note.id]).await.map(drop)
    }

    /// Deletes the fragments of a text, however many there are.
    pub(crate) async fn delete_fragments(&self, content: Uuid) -> Result<(), StoreError> {
        let mut position = 0;
        loop {
            let next = position + AT_ONCE as u64;
            let ids: Vec<Uuid> = (position..next).map(|position| fragment_id(content, position)).collect();
            if self.store().delete_memories(&ids).await? == 0 {
                return Ok(());
            }
            position = next;
        }
    }

    /// Deletes fragments that a process which ended left without a document.
    pub(crate) async fn recover(&self) -> Result<(), StoreError> {
        let now = self.agent.clock().now();
        for note in self.all_of(begun_kind()).await? {
            let content = note.metadata.get("content").and_then(|id| serde_json::from_value(id.clone()).ok());
            let Some(content) = content.filter(|_| now.duration_since(note.at) > FORSAKEN) else { continue };
            if self.with_content(content).is_none() {
                tracing::info!(%content, "fragments that were left without a document are deleted");
                self.delete_fragments(content).await?;
            }
            self.done(content).await?;
        }
        Ok(())
    }

    /// What the text of a document's first fragment begins with.
    pub(crate) async fn beginning(&self, content: Uuid) -> Result<String, StoreError> {
        let first = self.store().memories_by_id(&[fragment_id(content, 0)]).await?;
        Ok(first
            .into_iter()
            .next()
            .filter(|one| Place::of(one).is_some())
            .map_or_else(String::new, |one| one.content.text))
    }
}
