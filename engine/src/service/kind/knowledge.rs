//! Documents that an agent answers from.

use super::{KindFault, kind};
use crate::citation::Citation;
use async_trait::async_trait;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::path::PathBuf;
use uuid::Uuid;

/// What is to be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnowledgeSource {
    /// The text itself.
    Text {
        /// What it says.
        text: String,
        /// What it is called; else its beginning names it.
        title: Option<String>,
    },
    /// A file, a folder with all below it, or a pattern such as `notes/**/*.md`.
    Path(PathBuf),
    /// An address.
    Url(String),
    /// A document that somebody hands over.
    Bytes {
        /// Its name, e.g. `handbook.pdf`; a later one of this name takes its place.
        name: String,
        /// Its media type; else the name says it.
        media_type: Option<String>,
        /// The document.
        bytes: Vec<u8>,
    },
}

/// A document that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct KnowledgeDocument {
    /// Identifies it.
    pub id: Uuid,
    /// Where it comes from: a path, an address, or the name that it was given.
    pub source: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its media type, e.g. `text/markdown`.
    pub media_type: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// Into how many fragments it was cut.
    pub fragments: u64,
    /// When it was read.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The character names it: it goes when the character does not name it any more. Else somebody added it.
    pub named: bool,
}

/// How far the reading of documents is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnowledgeProgress {
    /// The document that is read.
    pub source: String,
    /// How many bytes of it are read.
    pub bytes: u64,
    /// How many bytes it has, if that is known.
    pub of: Option<u64>,
    /// Which document it is, from 1.
    pub document: usize,
    /// How many documents there are.
    pub documents: usize,
    /// How many fragments were made of all documents so far.
    pub fragments: u64,
}

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KnowledgeChange {
    /// It was not known.
    New,
    /// It took the place of what the source said before.
    Replaced,
    /// It was known as it is.
    Unchanged,
}

/// What came of adding a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct KnowledgeAdded {
    /// The documents of the source, and what became of each.
    pub documents: Vec<(KnowledgeDocument, KnowledgeChange)>,
    /// What could not be read, and why.
    pub failed: Vec<(String, String)>,
}

/// A fragment that fits a question.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct KnowledgeHit {
    /// How well it fits; comparable within one search only.
    pub score: f64,
    /// Where it stands and what it says. The label is its rank, from 1.
    pub citation: Citation,
}

/// Is told how far the reading is.
pub type ToldProgress<'a> = &'a (dyn Fn(&KnowledgeProgress) + Send + Sync);

/// Keeps documents, cut into fragments that can be searched. The same document is not kept twice; one that changed takes the
/// place of what it was. Files and addresses are read as far as the character grants it.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `KnowledgeBase`",
    label = "`KnowledgeBase` is not implemented",
    note = "write `#[async_trait] impl KnowledgeBase for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait KnowledgeBase: Send + Sync {
    /// Reads a source. What is read is known when this returns.
    ///
    /// # Errors
    /// See [`KindFault`]; [`KindFault::NotFound`] for a path where nothing is. Of several documents, what cannot be read is
    /// told in the answer, and the others are kept.
    async fn add(&self, source: KnowledgeSource, told: ToldProgress<'_>)
    -> Result<KnowledgeAdded, KindFault>;

    /// The documents, sorted by their sources.
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn documents(&self) -> Result<Vec<KnowledgeDocument>, KindFault>;

    /// Forgets a document by its id or source, or all below a folder; those that were forgotten.
    ///
    /// # Errors
    /// [`KindFault::NotFound`] if none is meant by this.
    async fn remove(&self, document: &str) -> Result<Vec<KnowledgeDocument>, KindFault>;

    /// The fragments that fit a question, best first, at most `limit`.
    ///
    /// # Errors
    /// If it cannot be searched.
    async fn search(&self, query: &str, limit: usize) -> Result<Vec<KnowledgeHit>, KindFault>;
}

kind!(KnowledgeBase = "knowledge");
