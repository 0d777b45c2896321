//! Reads documents: what their text is, where its headings and pages are.
//!
//! `lines` decodes bytes, `markdown` finds headings, `html` makes readable text of pages, `pdf` takes the text out of a PDF.
//! Texts and Markdown are read piece by piece, whatever their size; HTML and PDF are held whole and have a limit.

mod html;
mod lines;
mod markdown;
mod pdf;

use crate::chunk::Chunker;
use std::{io::Read, path::Path};

/// Why a document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system does not give its bytes.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It is no text, and of no format that is known.
    #[error("it is no text; known are Markdown, HTML, PDF and plain text in UTF-8 or UTF-16")]
    Binary,
    /// It is larger than allowed.
    #[error("it is larger than {0} MB; split it, or raise `max-document-mb` of [plugins.knowledge]")]
    TooLarge(u64),
    /// The PDF is damaged, protected, or of a kind that cannot be read.
    #[error("this PDF cannot be read: {0}")]
    Pdf(String),
    /// The HTML cannot be read.
    #[error("this HTML cannot be read: {0}")]
    Html(String),
    /// Nobody wants it any more.
    #[error("the reading was ended")]
    Ended,
}

/// The forms of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Markdown,
    Html,
    Pdf,
}

/// Endings of file names, and what they mean.
const ENDINGS: [(&str, Format); 22] = [
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
    ("mdx", Format::Markdown),
    ("html", Format::Html),
    ("htm", Format::Html),
    ("xhtml", Format::Html),
    ("pdf", Format::Pdf),
    ("txt", Format::Text),
    ("text", Format::Text),
    ("rst", Format::Text),
    ("adoc", Format::Text),
    ("org", Format::Text),
    ("tex", Format::Text),
    ("log", Format::Text),
    ("csv", Format::Text),
    ("tsv", Format::Text),
    ("json", Format::Text),
    ("jsonl", Format::Text),
    ("yaml", Format::Text),
    ("yml", Format::Text),
    ("toml", Format::Text),
    ("xml", Format::Text),
];

impl Format {
    /// What a file of this name is; `None` if the name does not say.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let ending = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
        ENDINGS.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format)
    }

    /// What a media type means; `None` if it is none that is known.
    pub(crate) fn of_media_type(media_type: &str) -> Option<Self> {
        let plain = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match plain.as_str() {
            "text/markdown" | "text/x-markdown" => Some(Self::Markdown),
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "application/pdf" => Some(Self::Pdf),
            other if other.starts_with("text/") => Some(Self::Text),
            "application/json" | "application/xml" | "application/yaml" => Some(Self::Text),
            _ => None,
        }
    }

    /// What bytes begin like.
    pub(crate) fn of_beginning(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"%PDF-") {
            return Self::Pdf;
        }
        let start =
            String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes)).trim_start().to_ascii_lowercase();
        if start.starts_with("<!doctype html") || start.starts_with("<html") {
            Self::Html
        } else {
            Self::Text
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Markdown => "text/markdown",
            Self::Html => "text/html",
            Self::Pdf => "application/pdf",
        }
    }
}

/// What is read of a document apart from its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What it calls itself.
    pub(crate) title: Option<String>,
}

/// Reads a document into a chunker.
pub(crate) fn read(
    mut bytes: impl Read,
    format: Format,
    most_mb: u64,
    mut chunker: Chunker<'_, ReadError>,
) -> Result<Told, ReadError> {
    let told = match format {
        Format::Text => {
            lines::lines(&mut bytes, &mut |line| chunker.text(line))?;
            Told::default()
        }
        Format::Markdown => {
            let mut reader = markdown::Markdown::new(&mut chunker);
            lines::lines(&mut bytes, &mut |line| reader.line(line))?;
            reader.finish()?
        }
        Format::Html => {
            let page = html::read(&whole(bytes, most_mb)?)?;
            let mut reader = markdown::Markdown::new(&mut chunker);
            page.text.split_inclusive('\n').try_for_each(|line| reader.line(line))?;
            let told = reader.finish()?;
            Told { title: page.title.or(told.title) }
        }
        Format::Pdf => {
            let document = pdf::read(whole(bytes, most_mb)?)?;
            for (number, page) in (1..).zip(&document.pages) {
                chunker.page(number)?;
                chunker.text(page)?;
            }
            Told { title: document.title }
        }
    };
    chunker.finish()?;
    Ok(told)
}

fn whole(bytes: impl Read, most_mb: u64) -> Result<Vec<u8>, ReadError> {
    let most = most_mb.saturating_mul(1024 * 1024);
    let mut read = Vec::new();
    bytes.take(most.saturating_add(1)).read_to_end(&mut read)?;
    if read.len() as u64 > most { Err(ReadError::TooLarge(most_mb)) } else { Ok(read) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
pub(crate) mod tests {
    use super::*;
    use crate::chunk::{Chunk, Limits};

    /// The fragments and the title of a document.
    pub(crate) fn chunks(bytes: &[u8], format: Format) -> Result<(Vec<Chunk>, Told), ReadError> {
        let mut chunks = Vec::new();
        let mut sink = |chunk| {
            chunks.push(chunk);
            Ok(())
        };
        let told = read(bytes, format, 1, Chunker::new(Limits::new(100, 20), &mut sink))?;
        Ok((chunks, told))
    }

    #[test]
    fn forms_are_known_by_name_type_or_beginning() {
        for (name, wanted) in [
            ("a/b.MD", Some(Format::Markdown)),
            ("x.pdf", Some(Format::Pdf)),
            ("LICENSE", None),
            ("a.zip", None),
        ] {
            assert_eq!(Format::of_name(name), wanted, "{name}");
        }
        for (name, wanted) in [
            ("text/html; charset=utf-8", Some(Format::Html)),
            ("text/x-anything", Some(Format::Text)),
            ("image/png", None),
        ] {
            assert_eq!(Format::of_media_type(name), wanted, "{name}");
        }
        assert_eq!(Format::of_beginning(b"%PDF-1.7 x"), Format::Pdf);
        assert_eq!(Format::of_beginning(b"\n<!DOCTYPE HTML><p>"), Format::Html);
        assert_eq!(Format::of_beginning(b"hello"), Format::Text);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let large = vec![b'a'; 1024 * 1024 + 1];
        for (bytes, format, wanted) in [
            (&b"a\0b"[..], Format::Text, "it is no text"),
            (&large, Format::Html, "larger than 1 MB"),
            (b"%PDF-1.4 nothing", Format::Pdf, "this PDF cannot be read"),
        ] {
            let told = chunks(bytes, format).unwrap_err().to_string();
            assert!(told.contains(wanted), "{told}");
        }
        assert_eq!(
            chunks(&large, Format::Text).unwrap().0.iter().map(|chunk| chunk.text.len()).sum::<usize>(),
            large.len()
        );
    }
}
