//! Headings of Markdown. Everything else stays as it is written: models read Markdown.

use super::{ReadError, Told};
use crate::chunk::Chunker;

/// The most lines that a front matter has.
const FRONT: usize = 200;

/// Reads Markdown line by line.
pub(super) struct Markdown<'c, 'a> {
    chunker: &'c mut Chunker<'a, ReadError>,
    title: Option<String>,
    /// The sign and length of the fence of the code that this is in.
    fence: Option<(char, usize)>,
    /// A line after a blank one, which the next line may make a heading.
    candidate: Option<String>,
    after_blank: bool,
    /// How many lines of front matter were read; `None` outside.
    front: Option<usize>,
    first: bool,
}

impl<'c, 'a> Markdown<'c, 'a> {
    pub(super) fn new(chunker: &'c mut Chunker<'a, ReadError>) -> Self {
        Self {
            chunker,
            title: None,
            fence: None,
            candidate: None,
            after_blank: true,
            front: None,
            first: true,
        }
    }

    /// The next line, with its end.
    pub(super) fn line(&mut self, line: &str) -> Result<(), ReadError> {
        let plain = line.trim_end();
        if std::mem::take(&mut self.first) && plain == "---" {
            self.front = Some(0);
            return self.chunker.skip(characters(line));
        }
        if let Some(read) = self.front {
            return self.front_line(plain, line, read);
        }
        if let Some(before) = self.candidate.take() {
            if let Some(level) = underline(plain) {
                let written = characters(&before) + characters(line);
                self.after_blank = true;
                return self.heading(level, before.trim(), written);
            }
            self.chunker.text(&before)?;
        }
        if self.fenced(plain) {
            self.after_blank = false;
            return self.chunker.text(line);
        }
        if let Some((level, title)) = marked(plain) {
            self.after_blank = true;
            return self.heading(level, title, characters(line));
        }
        if self.after_blank && may_be_title(plain) {
            self.candidate = Some(line.to_owned());
            self.after_blank = false;
            return Ok(());
        }
        self.after_blank = plain.is_empty();
        self.chunker.text(line)
    }

    pub(super) fn finish(mut self) -> Result<Told, ReadError> {
        if let Some(before) = self.candidate.take() {
            self.chunker.text(&before)?;
        }
        Ok(Told { title: self.title })
    }

    fn front_line(&mut self, plain: &str, line: &str, read: usize) -> Result<(), ReadError> {
        let ends = matches!(plain, "---" | "...") || read >= FRONT;
        self.front = (!ends).then_some(read + 1);
        if let Some(title) = plain.strip_prefix("title:") {
            self.title =
                Some(title.trim().trim_matches(['"', '\'']).to_owned()).filter(|title| !title.is_empty());
        }
        self.chunker.skip(characters(line))
    }

    fn heading(&mut self, level: usize, title: &str, written: u64) -> Result<(), ReadError> {
        if level == 1 && self.title.is_none() {
            self.title = Some(title.to_owned());
        }
        self.chunker.heading(level, title, written)
    }

    /// Whether a line belongs to code between fences.
    fn fenced(&mut self, plain: &str) -> bool {
        let inner = plain.trim_start();
        let sign = inner.chars().next().filter(|sign| matches!(sign, '`' | '~'));
        let length = sign.map_or(0, |sign| inner.chars().take_while(|c| *c == sign).count());
        match (self.fence, sign) {
            (Some((open, long)), Some(sign)) if sign == open && length >= long => {
                let closes = inner.chars().all(|c| c == sign);
                self.fence = self.fence.filter(|_| !closes);
                true
            }
            (Some(_), _) => true,
            (None, Some(sign)) if length >= 3 => {
                self.fence = Some((sign, length));
                true
            }
            (None, _) => false,
        }
    }
}

/// The level and the words of `## Heading ##`.
fn marked(plain: &str) -> Option<(usize, &str)> {
    let inner =
        plain.strip_prefix("   ").or(plain.strip_prefix("  ")).or(plain.strip_prefix(' ')).unwrap_or(plain);
    let level = inner.chars().take_while(|c| *c == '#').count();
    let rest = inner.get(level..)?;
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let title = rest.trim();
    let bare = title.trim_end_matches('#');
    let title = if bare.is_empty() || bare.ends_with(' ') { bare.trim_end() } else { title };
    (!title.is_empty()).then_some((level, title))
}

/// The level that a line below a title gives it.
fn underline(plain: &str) -> Option<usize> {
    let all = |sign: char| plain.len() >= 3 && plain.chars().all(|c| c == sign);
    if all('=') {
        return Some(1);
    }
    all('-').then_some(2)
}

fn may_be_title(plain: &str) -> bool {
    let begins_block = plain.starts_with(['-', '*', '+', '>', '|', ' ', '\t', '<', '=']);
    !plain.is_empty() && !begins_block && plain.len() <= 200
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::super::{Format, tests::chunks};

    fn read(text: &str) -> (Vec<(String, String)>, Option<String>) {
        let (chunks, told) = chunks(text.as_bytes(), Format::Markdown).unwrap();
        let all: Vec<char> = text.chars().collect();
        for chunk in chunks.iter().filter(|chunk| Some(&chunk.text) != chunk.heading.last()) {
            let there: String = all[chunk.start as usize..chunk.end as usize].iter().collect();
            assert_eq!(there, chunk.text);
        }
        (chunks.into_iter().map(|chunk| (chunk.heading.join(" > "), chunk.text)).collect(), told.title)
    }

    #[test]
    fn headings_are_found_in_every_form() {
        for (text, title, wanted) in [
            (
                "# Hotel\n\nWelcome.\n\n## Rooms ##\nTwelve.\n",
                Some("Hotel"),
                vec![("Hotel", "Welcome."), ("Hotel > Rooms", "Twelve.")],
            ),
            (
                "Hotel\n=====\nWelcome.\n\nRooms\n---\nTwelve.",
                Some("Hotel"),
                vec![("Hotel", "Welcome."), ("Hotel > Rooms", "Twelve.")],
            ),
            ("---\ntitle: \"The Hotel\"\ntags: x\n---\nWelcome.", Some("The Hotel"), vec![("", "Welcome.")]),
            ("```\n# no heading\n```\n\n#hash\n", None, vec![("", "```\n# no heading\n```\n\n#hash")]),
            (
                "~~~~\n~~~\n# no\n~~~~\n# Yes\nText",
                Some("Yes"),
                vec![("", "~~~~\n~~~\n# no\n~~~~"), ("Yes", "Text")],
            ),
            ("Line one\nline two\n---\nafter", None, vec![("", "Line one\nline two\n---\nafter")]),
            ("- item\n---\n", None, vec![("", "- item\n---")]),
            ("## A\n### B\n# C\nText", Some("C"), vec![("A > B", "B"), ("C", "Text")]),
            ("Only a line", None, vec![("", "Only a line")]),
        ] {
            let wanted: Vec<_> = wanted.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            assert_eq!(read(text), (wanted, title.map(str::to_owned)), "{text}");
        }
    }
}
