//! The search of the web.

use super::{KindFault, kind};
use async_trait::async_trait;
use jiff::Timestamp;

/// What is searched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchKind {
    /// Pages.
    #[default]
    Web,
    /// News.
    News,
    /// Pictures.
    Images,
    /// Films.
    Videos,
}

/// How to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    /// What is searched for.
    pub kind: SearchKind,
    /// At most so many; at least 1.
    pub limit: usize,
    /// The language of the results as BCP 47 tag; `None` for any.
    pub language: Option<String>,
    /// Only what was published after this; what has no date may be left out.
    pub since: Option<Timestamp>,
    /// Only from these hosts and those below them; empty for all.
    pub sites: Vec<String>,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { kind: SearchKind::Web, limit: 10, language: None, since: None, sites: Vec::new() }
    }
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// A sentence or two out of it, without markup; may be empty.
    pub snippet: String,
    /// When it was published, if that is known.
    pub published: Option<Timestamp>,
}

/// Searches the web.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `WebSearch`",
    label = "`WebSearch` is not implemented",
    note = "write `#[async_trait] impl WebSearch for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait WebSearch: Send + Sync {
    /// What fits, the best first, each address once. That nothing fits is no error.
    ///
    /// # Errors
    /// [`KindFault::Refused`] if the query is blank, [`KindFault::Unsupported`] for kinds that the service does not search.
    async fn search(&self, query: &str, options: &SearchOptions) -> Result<Vec<SearchHit>, KindFault>;

    /// How a query that was begun may go on; a service that does not know gives none.
    ///
    /// # Errors
    /// If they cannot be found out.
    async fn suggest(&self, begun: &str) -> Result<Vec<String>, KindFault>;
}

kind!(WebSearch = "web-search");
