//! Documents that are text with a heading.

use super::{Outcome, demand, given, refuse, refused};
use crate::service::kind::{KindFault, PageSize, Pdf, PdfText};
use async_trait::async_trait;
use std::ops::RangeInclusive;

/// Reads and makes documents that only it can read: `%PDF-text` and pages between form feeds. `<hr>` ends a page of HTML.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextPdf;

const HEAD: &str = "%PDF-text\n";

impl TextPdf {
    /// A document of these pages.
    #[must_use]
    pub fn document(pages: &[&str]) -> Vec<u8> {
        format!("{HEAD}{}", pages.join("\u{c}")).into_bytes()
    }
}

fn pages(pdf: &[u8]) -> Result<Vec<String>, KindFault> {
    let text = std::str::from_utf8(pdf).ok().and_then(|text| text.strip_prefix(HEAD));
    let text = text.ok_or_else(|| KindFault::Refused("this is no document".to_owned()))?;
    Ok(text.split('\u{c}').map(str::to_owned).collect())
}

fn written(pages: &[String]) -> Vec<u8> {
    TextPdf::document(&pages.iter().map(String::as_str).collect::<Vec<_>>())
}

fn without_tags(html: &str) -> String {
    let mut inside = false;
    let outside = html.chars().filter(|c| {
        let tag = inside || *c == '<';
        inside = tag && *c != '>';
        !tag
    });
    outside.collect::<String>().trim().to_owned()
}

#[async_trait]
impl Pdf for TextPdf {
    async fn text(&self, pdf: &[u8]) -> Result<PdfText, KindFault> {
        Ok(PdfText { title: None, pages: pages(pdf)? })
    }

    async fn of_html(&self, html: &str, _size: PageSize) -> Result<Vec<u8>, KindFault> {
        Ok(written(&html.split("<hr>").map(without_tags).collect::<Vec<_>>()))
    }

    async fn merge(&self, pdfs: &[Vec<u8>]) -> Result<Vec<u8>, KindFault> {
        if pdfs.is_empty() {
            return refuse("there is nothing to merge");
        }
        let all: Result<Vec<Vec<String>>, KindFault> = pdfs.iter().map(|pdf| pages(pdf)).collect();
        Ok(written(&all?.concat()))
    }

    async fn split(&self, pdf: &[u8], ranges: &[RangeInclusive<u32>]) -> Result<Vec<Vec<u8>>, KindFault> {
        let pages = pages(pdf)?;
        let part = |range: &RangeInclusive<u32>| {
            let (first, last) = (*range.start() as usize, *range.end() as usize);
            let part =
                first.checked_sub(1).filter(|_| first <= last).and_then(|first| pages.get(first..last));
            part.map(written).ok_or_else(|| KindFault::Refused(format!("there are no pages {range:?}")))
        };
        ranges.iter().map(part).collect()
    }
}

/// Checks a service for documents; `pdf` has at least two pages, and text on the first.
///
/// # Errors
/// What it did and should have done.
pub async fn check_pdf(service: &dyn Pdf, pdf: &[u8]) -> Outcome {
    let text = given(service.text(pdf).await, "text")?;
    let count = u32::try_from(text.pages.len()).map_err(|error| error.to_string())?;
    demand(count >= 2 && !text.pages[0].trim().is_empty(), "each page gives its text")?;
    refused(service.text(b"no document").await, "reading what is no document")?;
    let parts = given(service.split(pdf, &[1..=1, 2..=count]).await, "split")?;
    demand(parts.len() == 2, "each range becomes a document")?;
    let merged = given(service.merge(&parts).await, "merge")?;
    let again = given(service.text(&merged).await, "the text of what was split and merged")?;
    demand(again.pages == text.pages, "splitting and merging loses nothing")?;
    refused(service.merge(&[]).await, "merging nothing")?;
    #[allow(clippy::reversed_empty_ranges, reason = "that it is empty is what is asked")]
    for range in [0..=1, 2..=1, 1..=count + 1] {
        refused(service.split(pdf, &[range]).await, "splitting at pages that there are not")?;
    }
    match service.of_html("<p>Hello</p>", PageSize::A4).await {
        Err(KindFault::Unsupported(_)) => Ok(()),
        made => {
            let made = given(service.text(&given(made, "of_html")?).await, "the text of what was made")?;
            demand(made.pages.concat().contains("Hello"), "what was written in HTML is in the document")
        }
    }
}
