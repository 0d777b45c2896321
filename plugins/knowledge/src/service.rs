//! The service that keeps the documents.

use crate::{
    Knowledge, KnowledgeError, Settings,
    files::Reach,
    ingest::{Body, Incoming, Ingest, Telling, hash_of},
    library::Library,
    read::Format,
    record::{Document, TEXT},
    source::Meaning,
    watch::Watch,
};
use galatea::{
    definition::Plugin as _,
    prelude::*,
    service::kind::{KnowledgeAdded, KnowledgeBase, KnowledgeChange, ToldProgress},
};
use galatea_http::{Client, Pool as Connections};
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};
use tokio::sync::{Mutex, watch};

/// How many characters of a text are its title.
const TITLE: usize = 60;

/// How long a turn waits for the first reading at the start of an agent.
const PATIENCE: Duration = Duration::from_secs(3);

/// Keeps the documents that the agent answers from.
pub struct Documents {
    pub(crate) agent: Agent,
    pub(crate) settings: Arc<Settings>,
    pub(crate) library: Library,
    /// Held by who reads documents: one after another.
    pub(crate) reading: Mutex<()>,
    /// The sources of the character were read once.
    ready: watch::Sender<bool>,
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("documents", &self.library.all().len()).finish_non_exhaustive()
    }
}

/// Reads, keeps and finds the documents that the agent answers from.
#[service(kind = KnowledgeBase, timeout = "60s")]
impl Documents {
    async fn start(agent: Agent, config: Config<Knowledge>) -> Result<Self, KnowledgeError> {
        let library = Library::open(agent.clone()).await?;
        let ready = watch::Sender::new(agent.is_opened_only());
        Ok(Self { agent, settings: config.0, library, reading: Mutex::default(), ready })
    }

    /// Reads the sources, and again whenever files change.
    async fn run(&self) -> Result<(), KnowledgeError> {
        if self.agent.is_opened_only() {
            return Ok(());
        }
        let mut watch = self.settings.watch.then(Watch::new).transpose().unwrap_or_else(|error| {
            tracing::warn!("files are not watched: {error}");
            None
        });
        self.library.recover().await?;
        loop {
            if let Some(watch) = &mut watch {
                watch.only(self.folders());
            }
            self.read_sources().await?;
            self.ready.send_replace(true);
            match &watch {
                Some(watch) => watch.changed().await,
                None => return Ok(()),
            }
        }
    }

    /// Reads the sources of the character now; returns when they are read.
    ///
    /// # Errors
    /// If the storage fails. What cannot be read is told in the answer.
    pub async fn read_sources(&self) -> Result<crate::KnowledgeRead, KnowledgeError> {
        self.sync().await
    }

    /// Waits until the sources were read once, at most three seconds.
    pub async fn ready(&self) {
        let mut ready = self.ready.subscribe();
        // The sender is held here; that it took too long is no error.
        drop(tokio::time::timeout(PATIENCE, ready.wait_for(|ready| *ready)).await);
    }

    /// How many documents there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.library.all().len()
    }
}

impl Documents {
    fn folders(&self) -> BTreeMap<std::path::PathBuf, bool> {
        let reach = Reach::of(&self.agent, Knowledge::NAME);
        let mut folders = BTreeMap::new();
        for meaning in self.meanings() {
            if let Meaning::Path(path) = meaning
                && let Some((folder, below)) = reach.folders(&path)
            {
                *folders.entry(folder).or_default() |= below;
            }
        }
        folders
    }

    /// What the character and its settings name.
    pub(crate) fn meanings(&self) -> Vec<Meaning> {
        use galatea::character::Knowledge as Named;
        let character = self.agent.character();
        let own = character.knowledge.iter().map(|named| match named {
            Named::Text(text) => Meaning::Text { text: text.clone(), title: None },
            Named::File(file) => Meaning::Path(file.path.clone()),
            Named::Folder(folder) => Meaning::Path(folder.directory.clone()),
        });
        own.chain(self.settings.sources.iter().map(crate::Source::meaning)).collect()
    }

    pub(crate) fn ingest(&self) -> Ingest<'_> {
        Ingest { agent: &self.agent, library: &self.library, settings: &self.settings }
    }

    /// The documents of a source, not read yet.
    pub(crate) async fn incoming(
        &self,
        meaning: Meaning,
        named: bool,
    ) -> Result<Vec<Incoming>, KnowledgeError> {
        match meaning {
            Meaning::Text { text, title } => Ok(vec![of_text(text, title, named)]),
            Meaning::Url(url) => Ok(vec![self.fetch(url, named).await?]),
            Meaning::Path(path) => {
                let reach = Reach::of(&self.agent, Knowledge::NAME);
                let found = tokio::task::spawn_blocking(move || reach.files(&path)).await;
                let found = found.map_err(|error| KnowledgeError::Broken(error.to_string()))??;
                let file = |file: crate::files::Found| Incoming {
                    source: file.name,
                    body: Body::File(file.path),
                    format: None,
                    title: None,
                    named,
                };
                Ok(found.into_iter().map(file).collect())
            }
        }
    }

    async fn fetch(&self, url: String, named: bool) -> Result<Incoming, KnowledgeError> {
        let pool = self.agent.service::<Connections>().ok_or_else(|| {
            KnowledgeError::Broken(format!(
                "to read {url} the character needs the plugin http: add `[plugins.http]`"
            ))
        })?;
        let granted = self.agent.character().grants.get(Knowledge::NAME).cloned().unwrap_or_default();
        let response = Client::new(pool, Knowledge::NAME, granted).get(&url)?.send().await?;
        let said = response.media_type.as_deref().and_then(Format::of_media_type);
        let path = url.split(['?', '#']).next().unwrap_or_default();
        // A server that knows nothing of Markdown says that it is plain text.
        let format = match said {
            Some(Format::Text) | None => Format::of_name(path).or(said),
            known => known,
        };
        let body = Body::Bytes(response.bytes().into());
        Ok(Incoming { source: url, body, format, title: None, named })
    }

    /// Reads a source now. What is read of it is kept, whatever became of the rest.
    ///
    /// # Errors
    /// If the source is not there or not granted; of several documents, what cannot be read is told in the answer.
    pub(crate) async fn read_now(
        &self,
        incoming: Vec<Incoming>,
        told: ToldProgress<'_>,
    ) -> Result<KnowledgeAdded, KnowledgeError> {
        let _one_at_a_time = self.reading.lock().await;
        let (documents, mut fragments) = (incoming.len(), 0);
        let mut added = KnowledgeAdded::default();
        for (document, one) in (1..).zip(incoming) {
            let source = one.source.clone();
            match self.ingest().one(one, Telling { told, document, documents, fragments }).await {
                Ok((document, change)) => {
                    if change != KnowledgeChange::Unchanged {
                        fragments += document.fragments;
                    }
                    added.documents.push((document.shown(), change));
                }
                Err(KnowledgeError::Store(error)) => return Err(error.into()),
                Err(error) if documents == 1 => return Err(error),
                Err(error) => added.failed.push((source, error.to_string())),
            }
        }
        Ok(added)
    }

    /// The documents that are meant by an id, a source or a folder.
    pub(crate) fn meant(&self, name: &str) -> Vec<Document> {
        let id = uuid::Uuid::try_parse(name).ok();
        let plain = name.trim_start_matches("./").trim_end_matches('/');
        let below = format!("{plain}/");
        let is_meant = |one: &Document| {
            Some(one.id) == id
                || one.source == name
                || one.source == plain
                || (!plain.is_empty() && one.source.starts_with(&below) && !one.source.contains("://"))
        };
        self.library.all().into_iter().filter(is_meant).collect()
    }
}

/// A text as a document.
pub(crate) fn of_text(text: String, title: Option<String>, named: bool) -> Incoming {
    let hash = hash_of(&text);
    let source = format!("{TEXT}{}", hash.get(..12).unwrap_or_default());
    let title = title.unwrap_or_else(|| {
        let first = text.trim().lines().next().unwrap_or_default().trim_start_matches(['#', ' ']);
        galatea::text::sentence::truncate_to_sentence(first, TITLE).into_owned()
    });
    let body = Body::Bytes(text.into_bytes().into());
    Incoming { source, body, format: Some(Format::Markdown), title: Some(title), named }
}
