//! A browser that is told what to do.

use super::{KindFault, Media, kind};
use async_trait::async_trait;
use serde_json::Value;

/// An open page of a browser.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(pub String);

/// A link of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its text.
    pub text: String,
    /// Where it leads, as whole address.
    pub url: String,
}

/// What is on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageContent {
    /// Its address, after redirects.
    pub url: String,
    /// Its title.
    pub title: String,
    /// The text that a reader sees.
    pub text: String,
    /// Its links, in their order.
    pub links: Vec<Link>,
}

/// Opens pages and acts on them. Elements are named by CSS selectors; the first that fits is meant.
///
/// Every call with a page gives [`KindFault::NotFound`] once that is closed, every call with a selector where nothing fits.
/// Calls on one page happen one after another. Pages that nobody closes are closed when the service stops.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Browser`",
    label = "`Browser` is not implemented",
    note = "write `#[async_trait] impl Browser for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Browser: Send + Sync {
    /// Opens an address in a new page and waits until it is loaded.
    ///
    /// # Errors
    /// [`KindFault::Refused`] for what is no http or https address, [`KindFault::Unavailable`] if it cannot be reached.
    async fn open(&self, url: &str) -> Result<PageId, KindFault>;

    /// What is on the page now.
    ///
    /// # Errors
    /// See the trait.
    async fn content(&self, page: &PageId) -> Result<PageContent, KindFault>;

    /// A picture of the page: what fits the window, or all of it.
    ///
    /// # Errors
    /// See the trait.
    async fn screenshot(&self, page: &PageId, whole: bool) -> Result<Media, KindFault>;

    /// Clicks on an element, and waits until a page that this opens is loaded.
    ///
    /// # Errors
    /// See the trait.
    async fn click(&self, page: &PageId, selector: &str) -> Result<(), KindFault>;

    /// Writes a text into a field, in place of what is there.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] if the element is no field.
    async fn fill(&self, page: &PageId, selector: &str, text: &str) -> Result<(), KindFault>;

    /// The value of a JavaScript expression on the page.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] with the error that the script threw, [`KindFault::Unsupported`] without scripts.
    async fn evaluate(&self, page: &PageId, script: &str) -> Result<Value, KindFault>;

    /// Goes back to the page before.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] if there is none.
    async fn back(&self, page: &PageId) -> Result<(), KindFault>;

    /// Closes the page; that it is closed already is no error.
    ///
    /// # Errors
    /// If the browser cannot be reached.
    async fn close(&self, page: &PageId) -> Result<(), KindFault>;
}

kind!(Browser = "browser");
