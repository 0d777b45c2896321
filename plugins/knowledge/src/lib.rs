//! Documents that an agent answers from: files, folders, patterns, addresses and texts.
//!
//! ```toml
//! knowledge = ["Dogs are welcome."]        # of the character itself; files too: { path = "…" }, { directory = "…" }
//!
//! [plugins.knowledge]
//! sources = ["docs/", "notes/**/*.md", "https://example.com/handbook.html"]
//!
//! [plugins.http]                           # for addresses
//!
//! [grants.knowledge]
//! filesystem = ["docs", "notes"]
//! network = ["example.com"]
//! ```
//!
//! Plain text, Markdown, HTML and PDF are read (`read`), cut into fragments of about 500 tokens with the headings above them
//! (`chunk`) and kept as memories of the kinds `document` and `fragment` (`record`, `library`). A document is known by
//! its bytes: the same is never kept or embedded twice, one that changed takes the place of what it was, one that is gone goes
//! (`ingest`, `sync`). Files are watched while the agent runs (`watch`). The provider KNOWLEDGE tells the model what
//! fits a message, each fragment with its source under a number; a reply that names the number, or quotes the fragment, carries the
//! source in its content, under `citations`.
//!
//! At the terminal: `galatea knowledge add|list|remove|search`.

mod actions;
mod chunk;
mod error;
mod event;
mod files;
mod find;
mod ingest;
mod kind;
mod library;
mod plugin_tests;
mod providers;
mod read;
mod record;
mod routes;
mod service;
mod settings;
mod source;
mod sync;
mod watch;

pub use actions::{process_knowledge, search_knowledge};
pub use error::KnowledgeError;
pub use event::KnowledgeRead;
pub use files::FileError;
pub use providers::{available_documents, knowledge};
pub use read::ReadError;
pub use routes::{add_document, delete_document, list_documents, search_documents};
pub use service::Documents;
pub use settings::{PathSource, Settings, Source, TextSource, UrlSource};

use galatea::prelude::*;

/// Documents that the agent answers from, and cites.
#[plugin(
    "knowledge",
    optional(galatea_http::Http),
    permissions(Network(of = settings::hosts), Filesystem(of = settings::paths)),
    config = Settings,
)]
pub struct Knowledge;
