//! Cuts a document into fragments while it is read; what is kept of it meanwhile is no more than two fragments and one line.

mod cut;
pub(crate) mod tokens;

pub(crate) use cut::Limits;

use cut::cut;
use tokens::tokens;

/// A heading keeps so many characters.
const HEADING: usize = 200;

/// A fragment of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// What it says.
    pub(crate) text: String,
    /// The headings above it, outermost first.
    pub(crate) heading: Vec<String>,
    /// Its page.
    pub(crate) page: Option<u32>,
    /// Its first character in the document's text, or in the page's.
    pub(crate) start: u64,
    /// The character after its last one.
    pub(crate) end: u64,
}

/// Takes fragments; an error ends the reading.
pub(crate) type Sink<'a, E> = &'a mut dyn FnMut(Chunk) -> Result<(), E>;

/// Takes a document piece by piece and gives its fragments.
pub(crate) struct Chunker<'a, E> {
    limits: Limits,
    sink: Sink<'a, E>,
    /// What is not cut yet; of one section.
    text: String,
    /// About how many tokens that has.
    tokens: usize,
    /// How many bytes at its beginning were given already.
    repeated: usize,
    /// How many characters stand before it.
    before: u64,
    /// How many characters were read.
    read: u64,
    headings: Vec<(usize, String)>,
    /// Nothing was given below the last heading.
    bare: bool,
    page: Option<u32>,
}

impl<'a, E> Chunker<'a, E> {
    pub(crate) fn new(limits: Limits, sink: Sink<'a, E>) -> Self {
        Self {
            limits,
            sink,
            text: String::new(),
            tokens: 0,
            repeated: 0,
            before: 0,
            read: 0,
            headings: Vec::new(),
            bare: false,
            page: None,
        }
    }

    /// The next piece of the text.
    pub(crate) fn text(&mut self, piece: &str) -> Result<(), E> {
        if self.text.is_empty() {
            self.before = self.read;
        }
        self.text.push_str(piece);
        self.read += characters(piece);
        self.tokens += tokens(piece);
        while self.tokens > 2 * self.limits.tokens() && self.cut_once()? {}
        Ok(())
    }

    /// A heading, of level 1 (the highest) and up, and how many characters it has in the text with its marks.
    pub(crate) fn heading(&mut self, level: usize, title: &str, written: u64) -> Result<(), E> {
        self.end_section(level)?;
        self.headings.retain(|(above, _)| *above < level);
        self.headings.push((level, title.trim().chars().take(HEADING).collect()));
        self.read += written;
        self.bare = true;
        Ok(())
    }

    /// Characters of the text that no fragment shall have.
    pub(crate) fn skip(&mut self, written: u64) -> Result<(), E> {
        self.end_section(usize::MAX)?;
        self.read += written;
        Ok(())
    }

    /// A new page.
    pub(crate) fn page(&mut self, page: u32) -> Result<(), E> {
        self.end_section(0)?;
        self.page = Some(page);
        self.read = 0;
        Ok(())
    }

    /// The end of the document.
    pub(crate) fn finish(mut self) -> Result<(), E> {
        self.end_section(0)
    }

    /// Gives what is left of a section; `next` is the level of the heading that follows.
    fn end_section(&mut self, next: usize) -> Result<(), E> {
        while self.cut_once()? {}
        let (text, from) = (std::mem::take(&mut self.text), self.repeated);
        if text.get(from..).is_some_and(|new| !new.trim().is_empty()) {
            self.give(&text)?;
        } else if let Some((level, title)) = self.headings.last().filter(|_| self.bare).cloned()
            && level >= next
        {
            // A heading with nothing below it says something too.
            self.before = self.read;
            self.give(&title)?;
        }
        (self.tokens, self.repeated) = (0, 0);
        Ok(())
    }

    /// Cuts the first fragment off; `false` if what is there is no more than one.
    fn cut_once(&mut self) -> Result<bool, E> {
        let Some(cut) = cut(&self.text, self.limits) else { return Ok(false) };
        let text = std::mem::take(&mut self.text);
        let (given, rest) = text.split_at(cut.end.min(text.len()));
        if given.get(self.repeated..).is_some_and(|new| !new.trim().is_empty()) {
            self.give(given)?;
        }
        let (gone, kept) = given.split_at(cut.next.min(given.len()));
        self.before += characters(gone);
        self.tokens = self.tokens.saturating_sub(tokens(gone));
        self.repeated = kept.len();
        self.text = format!("{kept}{rest}");
        Ok(true)
    }

    fn give(&mut self, text: &str) -> Result<(), E> {
        let begun = text.trim_start();
        let start = self.before + characters(&text[..text.len() - begun.len()]);
        let text = begun.trim_end();
        self.bare = false;
        (self.sink)(Chunk {
            text: text.to_owned(),
            heading: self.headings.iter().map(|(_, title)| title.clone()).collect(),
            page: self.page,
            start,
            end: start + characters(text),
        })
    }
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn chunked(tokens: u32, overlap: u32, feed: impl FnOnce(&mut Chunker<'_, Infallible>)) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        let mut sink = |chunk| {
            chunks.push(chunk);
            Ok(())
        };
        let mut chunker = Chunker::new(Limits::new(tokens, overlap), &mut sink);
        feed(&mut chunker);
        chunker.finish().unwrap();
        chunks
    }

    #[test]
    fn pieces_of_any_size_give_the_same_fragments() {
        let text = (0..400).map(|n| format!("Sentence number {n} says so. ")).collect::<String>();
        let whole = chunked(60, 12, |chunker| chunker.text(&text).unwrap());
        assert!(whole.len() > 50);
        let all: Vec<char> = text.chars().collect();
        let mut covered = 0;
        for chunk in &whole {
            assert!(tokens(&chunk.text) <= 60);
            let there: String = all[chunk.start as usize..chunk.end as usize].iter().collect();
            assert_eq!(there, chunk.text);
            assert!(chunk.start <= covered + 1, "nothing is left out");
            covered = chunk.end;
        }
        assert_eq!(covered as usize, text.trim_end().chars().count());
        for size in [1, 7, 30, 1000] {
            let pieces = chunked(60, 12, |chunker| {
                for piece in all.chunks(size) {
                    chunker.text(&piece.iter().collect::<String>()).unwrap();
                }
            });
            assert_eq!(pieces, whole, "{size}");
        }
    }

    #[test]
    fn headings_and_pages_are_kept() {
        let chunks = chunked(100, 20, |chunker| {
            chunker.heading(1, "Hotel", 8).unwrap();
            chunker.text("Welcome.\n").unwrap();
            chunker.heading(2, "Rooms", 9).unwrap();
            chunker.heading(3, "Keys", 9).unwrap();
            chunker.text("At the desk.\n").unwrap();
            chunker.heading(2, "Pool", 8).unwrap();
            chunker.heading(2, "Bar", 7).unwrap();
            chunker.text("Open.").unwrap();
        });
        let told: Vec<(String, &str, u64)> =
            chunks.iter().map(|chunk| (chunk.heading.join(">"), chunk.text.as_str(), chunk.start)).collect();
        let wanted = [
            ("Hotel", "Welcome.", 8),
            ("Hotel>Rooms>Keys", "At the desk.", 35),
            ("Hotel>Pool", "Pool", 56),
            ("Hotel>Bar", "Open.", 63),
        ];
        assert_eq!(told, wanted.map(|(heading, text, start)| (heading.to_owned(), text, start)));

        let pages = chunked(100, 20, |chunker| {
            chunker.page(1).unwrap();
            chunker.text("One.").unwrap();
            chunker.page(2).unwrap();
            chunker.page(3).unwrap();
            chunker.text(" Three.").unwrap();
        });
        let told: Vec<_> = pages.iter().map(|chunk| (chunk.page, chunk.start, chunk.text.as_str())).collect();
        assert_eq!(told, [(Some(1), 0, "One."), (Some(3), 1, "Three.")]);
    }
}
