//! Documents and fragments as memories.

use crate::chunk::Chunk;
use galatea::{
    citation::Citation,
    memory::{Content, Memory, MemoryKind},
    service::kind::KnowledgeDocument,
    text::id::{stable_id, stable_id_for},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// How documents are cut; another number cuts all of them anew.
const MANNER: u32 = 1;

/// How many characters of a document its memory shows.
const BEGINNING: usize = 200;

/// Where the memories of an agent's documents and of their fragments are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rooms {
    pub(crate) agent: Uuid,
    pub(crate) documents: Uuid,
    pub(crate) fragments: Uuid,
}

impl Rooms {
    pub(crate) fn of(agent: Uuid) -> Self {
        Self {
            agent,
            documents: stable_id_for(agent, "knowledge"),
            fragments: stable_id_for(agent, "knowledge:fragments"),
        }
    }

    fn memory(&self, id: Uuid, kind: MemoryKind, room: Uuid, at: Timestamp, text: String) -> Memory {
        Memory {
            id,
            kind,
            agent: self.agent,
            entity: self.agent,
            room,
            world: None,
            at,
            sequence: 0,
            content: Content { source: Some("knowledge".to_owned()), ..Content::text(text) },
            metadata: serde_json::Value::Null,
        }
    }

    /// The note that the fragments of a text are being written.
    pub(crate) fn begun(&self, content: Uuid, at: Timestamp) -> Memory {
        let id = stable_id_for(self.agent, &format!("knowledge:begun:{content}"));
        let mut memory = self.memory(id, begun_kind(), self.documents, at, String::new());
        memory.metadata = json!({ "content": content });
        memory
    }
}

/// The kind of the notes that the fragments of a text are being written.
pub(crate) fn begun_kind() -> MemoryKind {
    MemoryKind::Custom("knowledge-begun".to_owned())
}

/// What a text is known by: its bytes, its form, and how it is cut.
pub(crate) fn content_id(agent: Uuid, hash: &str, shape: &str) -> Uuid {
    stable_id_for(agent, &format!("knowledge:{shape}:{hash}"))
}

/// How documents of a form are cut.
pub(crate) fn shape(media_type: &str, tokens: u32, overlap: u32) -> String {
    format!("{MANNER}:{media_type}:{tokens}:{overlap}")
}

/// A fragment of a text, by its place.
pub(crate) fn fragment_id(content: Uuid, position: u64) -> Uuid {
    stable_id(&format!("{content}:{position}"))
}

/// What is known of a document, as its memory keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Document {
    /// Its memory.
    #[serde(skip)]
    pub(crate) id: Uuid,
    /// When it was read.
    #[serde(skip)]
    pub(crate) at: Timestamp,
    /// Its path, address or name.
    pub(crate) source: String,
    /// What it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    /// Its form.
    pub(crate) media_type: String,
    /// The SHA-256 of its bytes.
    pub(crate) hash: String,
    /// How it was cut.
    pub(crate) shape: String,
    /// Its text, which other documents may have too.
    pub(crate) content: Uuid,
    /// How many bytes it has.
    pub(crate) bytes: u64,
    /// Into how many fragments it is cut.
    pub(crate) fragments: u64,
    /// When its file was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified: Option<Timestamp>,
    /// The character names it.
    pub(crate) named: bool,
}

impl Document {
    /// Its memory's id: one for each source and text.
    pub(crate) fn id_of(agent: Uuid, source: &str, content: Uuid) -> Uuid {
        stable_id_for(agent, &format!("knowledge:document:{content}:{source}"))
    }

    pub(crate) fn memory(&self, rooms: &Rooms, beginning: &str) -> Memory {
        let text = format!("{}\n{}", self.called(), beginning.chars().take(BEGINNING).collect::<String>());
        let mut memory =
            rooms.memory(self.id, MemoryKind::Document, rooms.documents, self.at, text.trim_end().to_owned());
        memory.metadata = json!(self);
        memory
    }

    /// The document of a memory; `None` if it is none of this plugin's.
    pub(crate) fn of(memory: &Memory) -> Option<Self> {
        let read: Self = serde_json::from_value(memory.metadata.clone()).ok()?;
        Some(Self { id: memory.id, at: memory.at, ..read })
    }

    /// What people call it: a text by its title, everything else by where it is.
    pub(crate) fn called(&self) -> &str {
        let is_text = self.source.starts_with(TEXT);
        self.title.as_deref().filter(|_| is_text).unwrap_or(&self.source)
    }

    /// As others see it.
    pub(crate) fn shown(&self) -> KnowledgeDocument {
        KnowledgeDocument {
            id: self.id,
            source: self.source.clone(),
            title: self.title.clone(),
            media_type: self.media_type.clone(),
            bytes: self.bytes,
            fragments: self.fragments,
            at: self.at,
            named: self.named,
        }
    }
}

/// How the names of texts begin.
pub(crate) const TEXT: &str = "text:";

/// Where a fragment stands, as its memory keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Place {
    /// The text that it is of.
    pub(crate) content: Uuid,
    /// Its place among the fragments, from 0.
    pub(crate) position: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    heading: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    start: u64,
    end: u64,
}

/// A fragment as a memory. Its headings stand above its text, so that it is found by them too.
pub(crate) fn fragment(rooms: &Rooms, content: Uuid, position: u64, chunk: Chunk, at: Timestamp) -> Memory {
    let Chunk { text, heading, page, start, end } = chunk;
    let whole = if heading.is_empty() { text } else { format!("{}\n{text}", heading.join(" > ")) };
    let mut memory =
        rooms.memory(fragment_id(content, position), MemoryKind::Fragment, rooms.fragments, at, whole);
    memory.metadata = json!(Place { content, position, heading, page, start, end });
    memory
}

impl Place {
    /// Where a fragment stands; `None` if it is none of this plugin's.
    pub(crate) fn of(memory: &Memory) -> Option<Self> {
        serde_json::from_value(memory.metadata.clone()).ok()
    }

    /// The fragment as a source.
    pub(crate) fn citation(self, memory: &Memory, document: &Document, label: String) -> Citation {
        let text = memory.content.text.as_str();
        let text =
            if self.heading.is_empty() { text } else { text.split_once('\n').map_or(text, |(_, own)| own) };
        Citation {
            label,
            source: document.called().to_owned(),
            title: document.title.clone(),
            heading: self.heading,
            page: self.page,
            characters: Some(self.start..self.end),
            document: Some(document.id),
            fragment: Some(memory.id),
            text: text.to_owned(),
        }
    }
}
