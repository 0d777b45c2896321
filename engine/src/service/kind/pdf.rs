//! PDF documents.

use super::{KindFault, kind};
use async_trait::async_trait;
use std::ops::RangeInclusive;

/// What is written in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PdfText {
    /// Its title, if it has one.
    pub title: Option<String>,
    /// The text of each page; empty for a page without text, such as a picture.
    pub pages: Vec<String>,
}

/// The size of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageSize {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 in.
    Letter,
}

/// Reads and makes PDF documents, which are bytes here. What is no PDF, and what needs a password, is
/// [`KindFault::Refused`].
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Pdf`",
    label = "`Pdf` is not implemented",
    note = "write `#[async_trait] impl Pdf for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Pdf: Send + Sync {
    /// What is written in a document.
    ///
    /// # Errors
    /// See the trait.
    async fn text(&self, pdf: &[u8]) -> Result<PdfText, KindFault>;

    /// A document of HTML. Scripts do not run, and nothing is fetched from outside.
    ///
    /// # Errors
    /// [`KindFault::Unsupported`] if the service only reads.
    async fn of_html(&self, html: &str, size: PageSize) -> Result<Vec<u8>, KindFault>;

    /// One document of several, in their order.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] for none at all.
    async fn merge(&self, pdfs: &[Vec<u8>]) -> Result<Vec<u8>, KindFault>;

    /// One document for each range of pages, counted from 1.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] for a range that is empty or not within the document.
    async fn split(&self, pdf: &[u8], ranges: &[RangeInclusive<u32>]) -> Result<Vec<Vec<u8>>, KindFault>;
}

kind!(Pdf = "pdf");
