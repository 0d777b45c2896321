//! The text of a PDF.

use super::ReadError;
use pdf_extract::{Document, Object};
use std::{sync::mpsc, thread, time::Duration};

/// Damaged documents may nest without end.
const STACK: usize = 64 * 1024 * 1024;

/// How long a document may take.
const LONGEST: Duration = Duration::from_secs(300);

/// A document.
pub(super) struct Pdf {
    pub(super) title: Option<String>,
    /// The text of each page.
    pub(super) pages: Vec<String>,
}

/// Reads a document on a thread of its own: what is damaged may panic there, or never end.
pub(super) fn read(bytes: Vec<u8>) -> Result<Pdf, ReadError> {
    let (done, result) = mpsc::sync_channel(1);
    let work = move || {
        // Nobody may wait any more.
        drop(done.send(extract(&bytes)));
    };
    thread::Builder::new().name("pdf".to_owned()).stack_size(STACK).spawn(work)?;
    match result.recv_timeout(LONGEST) {
        Ok(read) => read,
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(ReadError::Pdf("it is damaged".to_owned())),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            Err(ReadError::Pdf(format!("it took longer than {} s", LONGEST.as_secs())))
        }
    }
}

fn extract(bytes: &[u8]) -> Result<Pdf, ReadError> {
    let pages = pdf_extract::extract_text_from_mem_by_pages(bytes)
        .map_err(|error| ReadError::Pdf(error.to_string()))?;
    let document = Document::load_mem(bytes).map_err(|error| ReadError::Pdf(error.to_string()))?;
    if pages.iter().all(|page| page.trim().is_empty()) {
        return Err(ReadError::Pdf("it has no text; pictures of text must be recognised first".to_owned()));
    }
    Ok(Pdf { title: title(&document), pages: pages.iter().map(|page| tidy(page)).collect() })
}

fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let info = match info {
        Object::Reference(id) => document.get_dictionary(*id).ok()?,
        other => other.as_dict().ok()?,
    };
    let title = pdf_extract::decode_text_string(info.get(b"Title").ok()?).ok()?;
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// A page without blanks at the ends of lines and with at most one empty line between paragraphs.
fn tidy(page: &str) -> String {
    let (mut text, mut empty) = (String::new(), 0);
    for line in page.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
