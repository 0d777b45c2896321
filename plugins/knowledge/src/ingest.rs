//! Reads one document: what it is known by, then its fragments, then the document itself. Nothing of it is kept twice, and never
//! more of it is in memory than a few hundred fragments.

use crate::{
    KnowledgeError,
    chunk::{Chunk, Chunker, Limits},
    library::Library,
    read::{Format, ReadError, Told, read},
    record::{Document, content_id, fragment, shape},
    settings::Settings,
};
use galatea::{
    agent::Agent,
    memory::Memory,
    service::kind::{KnowledgeChange, KnowledgeProgress, ToldProgress},
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::mpsc;

/// How many fragments are written at once.
const BATCH: usize = 128;

/// How many batches wait to be written.
const WAITING: usize = 4;

/// After so many batches the fragments are given their vectors, beside the reading.
const EMBEDDED: usize = 32;

/// How often it is noted that the reading goes on.
const NOTED: SignedDuration = SignedDuration::from_mins(10);

/// The bytes of a document.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    File(PathBuf),
    Bytes(Arc<[u8]>),
}

impl Body {
    fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// How many there are, and when they were written.
    fn facts(&self) -> io::Result<(u64, Option<Timestamp>)> {
        match self {
            Self::File(path) => facts(path),
            Self::Bytes(bytes) => Ok((bytes.len() as u64, None)),
        }
    }
}

fn facts(path: &Path) -> io::Result<(u64, Option<Timestamp>)> {
    let metadata = path.metadata()?;
    let modified = metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    Ok((metadata.len(), modified))
}

/// A document to be read.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// How it is called.
    pub(crate) source: String,
    pub(crate) body: Body,
    /// Its form; else its name or its beginning says it.
    pub(crate) format: Option<Format>,
    /// What it is called; else what it calls itself.
    pub(crate) title: Option<String>,
    /// The character names it.
    pub(crate) named: bool,
}

/// Where this stands among the documents that are read, and who is told.
#[derive(Clone, Copy)]
pub(crate) struct Telling<'a> {
    pub(crate) told: ToldProgress<'a>,
    pub(crate) document: usize,
    pub(crate) documents: usize,
    /// How many fragments the documents before gave.
    pub(crate) fragments: u64,
}

/// Reads documents into a library.
pub(crate) struct Ingest<'a> {
    pub(crate) agent: &'a Agent,
    pub(crate) library: &'a Library,
    pub(crate) settings: &'a Settings,
}

/// What a first reading tells of a document.
struct Looked {
    hash: String,
    bytes: u64,
    format: Format,
}

impl Ingest<'_> {
    /// Reads a document, unless it is known as it is.
    pub(crate) async fn one(
        &self,
        incoming: Incoming,
        telling: Telling<'_>,
    ) -> Result<(Document, KnowledgeChange), KnowledgeError> {
        let known = self.library.get(&incoming.source);
        let (bytes, modified) = incoming.body.facts().map_err(ReadError::Io)?;
        if let Some(known) = &known
            && modified.is_some()
            && (known.bytes, known.modified, known.named) == (bytes, modified, incoming.named)
            && known.shape == self.shape(&known.media_type)
        {
            return Ok((known.clone(), KnowledgeChange::Unchanged));
        }
        let looked = look(incoming.body.clone(), incoming.format, incoming.source.clone()).await?;
        let shape = self.shape(looked.format.media_type());
        let content = content_id(self.agent.id(), &looked.hash, &shape);
        let named =
            incoming.named || known.as_ref().is_some_and(|known| known.named && known.content == content);
        let document = Document {
            id: Document::id_of(self.agent.id(), &incoming.source, content),
            at: self.agent.clock().now(),
            source: incoming.source.clone(),
            title: incoming.title.clone(),
            media_type: looked.format.media_type().to_owned(),
            hash: looked.hash,
            shape,
            content,
            bytes: looked.bytes,
            fragments: 0,
            modified,
            named,
        };
        let change = match &known {
            None => KnowledgeChange::New,
            Some(known) if known.content == content => KnowledgeChange::Unchanged,
            Some(_) => KnowledgeChange::Replaced,
        };
        let kept = match self.library.with_content(content) {
            Some(same) => self.again(document, &same).await?,
            None => self.write(document, &incoming, looked.format, telling).await?,
        };
        Ok((kept, change))
    }

    fn shape(&self, media_type: &str) -> String {
        shape(media_type, self.settings.chunk_tokens, self.settings.overlap_tokens)
    }

    /// The text is known already: nothing of it is written again.
    async fn again(&self, document: Document, same: &Document) -> Result<Document, KnowledgeError> {
        let own = document.source == same.source;
        let document = Document {
            fragments: same.fragments,
            title: document.title.or_else(|| same.title.clone()),
            at: if own { same.at } else { document.at },
            ..document
        };
        if document != *same {
            let beginning = self.library.beginning(document.content).await?;
            self.library.keep(&document, &beginning).await?;
        }
        Ok(document)
    }

    async fn write(
        &self,
        mut document: Document,
        incoming: &Incoming,
        format: Format,
        telling: Telling<'_>,
    ) -> Result<Document, KnowledgeError> {
        let content = document.content;
        self.library.begin(content).await?;
        let written = self.fragments(&document, incoming, format, telling).await;
        let (told, count, beginning) = match written {
            Ok(written) => written,
            Err(error) => {
                self.library.delete_fragments(content).await?;
                self.library.done(content).await?;
                return Err(error);
            }
        };
        document.fragments = count;
        document.title = document.title.take().or(told.title);
        self.library.keep(&document, &beginning).await?;
        self.library.done(content).await?;
        self.agent.embed_memories();
        Ok(document)
    }

    /// Writes the fragments while they are read; what the document tells of itself, how many there are, and the beginning.
    async fn fragments(
        &self,
        document: &Document,
        incoming: &Incoming,
        format: Format,
        telling: Telling<'_>,
    ) -> Result<(Told, u64, String), KnowledgeError> {
        let (batches, mut written) = mpsc::channel(WAITING);
        let read_so_far = Arc::new(AtomicU64::new(0));
        let limits = Limits::new(self.settings.chunk_tokens, self.settings.overlap_tokens);
        let reading = tokio::task::spawn_blocking({
            let (body, counted) = (incoming.body.clone(), Arc::clone(&read_so_far));
            let most_mb = self.settings.max_document_mb;
            move || cut(&body, format, limits, most_mb, &batches, counted)
        });
        let (mut position, mut beginning, mut noted) = (0_u64, String::new(), document.at);
        let mut number = 0;
        while let Some(batch) = written.recv().await {
            if position == 0 {
                beginning = batch.first().map(|chunk: &Chunk| chunk.text.clone()).unwrap_or_default();
            }
            let memories: Vec<Memory> = (position..)
                .zip(batch)
                .map(|(at, chunk)| fragment(&self.library.rooms, document.content, at, chunk, document.at))
                .collect();
            position += memories.len() as u64;
            self.agent.store().add_memories(&memories).await?;
            number += 1;
            if number % EMBEDDED == 0 {
                self.agent.embed_memories();
            }
            (telling.told)(&KnowledgeProgress {
                source: document.source.clone(),
                bytes: read_so_far.load(Ordering::Relaxed),
                of: Some(document.bytes),
                document: telling.document,
                documents: telling.documents,
                fragments: telling.fragments + position,
            });
            let now = self.agent.clock().now();
            if now.duration_since(noted) > NOTED {
                self.library.begin(document.content).await?;
                noted = now;
            }
        }
        let (told, hash) = reading.await.map_err(|error| KnowledgeError::Broken(error.to_string()))??;
        if hash != document.hash {
            return Err(KnowledgeError::Changed);
        }
        Ok((told, position, beginning))
    }
}

/// Reads all of a document once, to know whether it is known.
async fn look(body: Body, format: Option<Format>, source: String) -> Result<Looked, KnowledgeError> {
    let looked = tokio::task::spawn_blocking(move || -> Result<Looked, ReadError> {
        let (mut hash, mut bytes, mut first) = (Sha256::new(), 0, None);
        let (mut reader, mut buffer) = (body.open()?, vec![0; 256 * 1024]);
        loop {
            let count = match reader.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            let read = buffer.get(..count).unwrap_or_default();
            first.get_or_insert_with(|| Format::of_beginning(read));
            if count == 0 {
                break;
            }
            hash.update(read);
            bytes += count as u64;
        }
        // What is a PDF is one, whatever its name says.
        let begins = first.unwrap_or(Format::Text);
        let named = format.or_else(|| Format::of_name(&source));
        let format = if begins == Format::Pdf { begins } else { named.unwrap_or(begins) };
        Ok(Looked { hash: hex(&hash.finalize()), bytes, format })
    });
    Ok(looked.await.map_err(|error| KnowledgeError::Broken(error.to_string()))??)
}

/// Cuts a document and sends its fragments in batches; what it tells of itself, and its hash.
fn cut(
    body: &Body,
    format: Format,
    limits: Limits,
    most_mb: u64,
    batches: &mpsc::Sender<Vec<Chunk>>,
    counted: Arc<AtomicU64>,
) -> Result<(Told, String), ReadError> {
    let mut hash = Sha256::new();
    let bytes = Counted { inner: body.open()?, hash: &mut hash, counted };
    let mut batch = Vec::with_capacity(BATCH);
    let mut sink = |chunk| {
        batch.push(chunk);
        if batch.len() < BATCH {
            return Ok(());
        }
        batches.blocking_send(std::mem::take(&mut batch)).map_err(|_| ReadError::Ended)
    };
    let told = read(bytes, format, most_mb, Chunker::new(limits, &mut sink))?;
    if !batch.is_empty() {
        batches.blocking_send(batch).map_err(|_| ReadError::Ended)?;
    }
    Ok((told, hex(&hash.finalize())))
}

/// Counts and hashes what is read.
struct Counted<'h> {
    inner: Box<dyn Read>,
    hash: &'h mut Sha256,
    counted: Arc<AtomicU64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        self.counted.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a text.
pub(crate) fn hash_of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
