//! Readable text of HTML, with headings as in Markdown.

use super::ReadError;
use html2text::{config, render::TextDecorator};

/// Lines are not broken: a paragraph is one line.
const WIDTH: usize = 1_000_000;

/// Parts of a page that are not what it is about.
const ASIDE: [&str; 7] = ["nav", "footer", "script", "style", "noscript", "template", "svg"];

/// A page.
pub(super) struct Page {
    pub(super) title: Option<String>,
    pub(super) text: String,
}

pub(super) fn read(bytes: &[u8]) -> Result<Page, ReadError> {
    let mut source = String::new();
    super::lines::lines(&mut { bytes }, &mut |line| {
        source.push_str(line);
        Ok(())
    })?;
    let title = element(&source, "title").map(text).transpose()?;
    let title = title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
    let body = ASIDE.iter().fold(source, |source, name| without(&source, name));
    Ok(Page { title: title.filter(|title| !title.is_empty()), text: text(&body)? })
}

fn text(html: &str) -> Result<String, ReadError> {
    config::with_decorator(Readable)
        .no_table_borders()
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .map_err(|error| ReadError::Html(error.to_string()))
}

/// Where `<name` begins as the beginning of a tag, at or after a place.
fn opening(lower: &str, name: &str, from: usize) -> Option<usize> {
    let tag = format!("<{name}");
    let mut at = from;
    loop {
        at += lower.get(at..)?.find(&tag)?;
        let next = lower.as_bytes().get(at + tag.len());
        if next.is_none_or(|byte| matches!(byte, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n')) {
            return Some(at);
        }
        at += tag.len();
    }
}

/// What stands in the first element of this name.
fn element<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    let lower = html.to_ascii_lowercase();
    let open = opening(&lower, name, 0)?;
    let begin = open + lower.get(open..)?.find('>')? + 1;
    let end = begin + lower.get(begin..)?.find(&format!("</{name}"))?;
    html.get(begin..end)
}

/// The page without the elements of this name; one that has no end stays.
fn without(html: &str, name: &str) -> String {
    let (lower, close) = (html.to_ascii_lowercase(), format!("</{name}"));
    let (mut kept, mut at) = (String::with_capacity(html.len()), 0);
    while let Some(open) = opening(&lower, name, at) {
        let Some(end) = lower.get(open..).and_then(|rest| Some(open + rest.find(&close)? + close.len()))
        else {
            break;
        };
        kept.push_str(html.get(at..open).unwrap_or_default());
        at = end + lower.get(end..).and_then(|rest| rest.find('>')).map_or(0, |more| more + 1);
    }
    kept.push_str(html.get(at..).unwrap_or_default());
    kept
}

/// Text without marks, apart from headings and lists.
#[derive(Clone, Copy, Debug)]
struct Readable;

macro_rules! plain {
    ($($name:ident)*) => { $(
        fn $name(&self) -> (String, Self::Annotation) {
            (String::new(), ())
        }
    )* };
}

macro_rules! nothing {
    ($($name:ident)*) => { $(
        fn $name(&self) -> String {
            String::new()
        }
    )* };
}

impl TextDecorator for Readable {
    type Annotation = ();

    fn decorate_link_start(&mut self, _url: &str) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        String::new()
    }

    plain!(decorate_em_start decorate_strong_start decorate_strikeout_start decorate_code_start);
    plain!(decorate_superscript_start);
    nothing!(decorate_em_end decorate_strong_end decorate_strikeout_end decorate_code_end);
    nothing!(decorate_superscript_end);

    fn decorate_preformat_first(&self) -> Self::Annotation {}

    fn decorate_preformat_cont(&self) -> Self::Annotation {}

    fn decorate_image(&mut self, _source: &str, title: &str) -> (String, Self::Annotation) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, level: usize) -> String {
        format!("{} ", "#".repeat(level))
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        *self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::super::{Format, tests::chunks};

    #[test]
    fn a_page_becomes_what_a_reader_sees() {
        let html = "<!DOCTYPE html><HTML><head><title>The &amp; Hotel</title><style>p{}</style></head><body>\
            <nav><a href=x>Home</a> <a href=y>About</a></nav><h1>Hotel</h1><p>Welcome to <b>our</b>\n house, \
            <a href='/x'>see here</a>.</p><h2>Rooms</h2><ul><li>Twelve doubles</li><li>One single</li></ul>\
            <script>alert('no')</script><table><tr><td>Bed</td><td>90</td></tr></table><footer>© 2026</footer></body>";
        let (chunks, told) = chunks(html.as_bytes(), Format::Html).unwrap();
        assert_eq!(told.title.as_deref(), Some("The & Hotel"));
        let told: Vec<(String, &str)> =
            chunks.iter().map(|chunk| (chunk.heading.join(">"), chunk.text.as_str())).collect();
        assert_eq!(told[0], ("Hotel".to_owned(), "Welcome to our house, see here."));
        assert_eq!(told[1].0, "Hotel>Rooms");
        for (text, there) in [
            ("- Twelve doubles", true),
            ("Bed", true),
            ("90", true),
            ("alert", false),
            ("Home", false),
            ("2026", false),
        ] {
            assert_eq!(told[1].1.contains(text), there, "{text}: {}", told[1].1);
        }
    }

    #[test]
    fn odd_pages_are_read_too() {
        for html in [
            "",
            "<nav>",
            "no tags at all",
            "<title>",
            "<p>İ<nav>x</nav>y",
            "<script>x",
            "<navigation>z</navigation>",
        ] {
            chunks(html.as_bytes(), Format::Html).unwrap();
        }
        assert_eq!(chunks(b"<navigation>z</navigation>", Format::Html).unwrap().0[0].text, "z");
    }
}
