//! Taking `<think>…</think>` and `<thinking>…</thinking>` out of an answer, whole or streamed.

const TAGS: [&str; 2] = ["think", "thinking"];

/// The answer without thinking. An unclosed block goes to the end, and a closing tag
/// without an opening one (the prompt had it) takes everything before it along.
pub(super) fn remove(answer: &str) -> String {
    let mut filter = Filter::default();
    let mut clean = filter.push(answer);
    clean.push_str(&filter.finish());
    clean.split_off(filter.stray_close.unwrap_or(0))
}

/// Takes thinking out of an answer that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Filter {
    /// Text that cannot be judged yet: at most one tag.
    pending: String,
    /// Whether the text is inside a block.
    inside: bool,
    /// Whether a block has just ended; the blanks behind it go with it.
    just_closed: bool,
    /// How many bytes of clean text came out so far.
    written: usize,
    /// How many of them stood before a closing tag that nothing opened.
    stray_close: Option<usize>,
}

impl Filter {
    /// A filter for an answer that begins inside a block.
    pub(super) fn inside() -> Self {
        Self { inside: true, ..Self::default() }
    }

    /// Takes a piece, returns the clean text known so far.
    pub(super) fn push(&mut self, piece: &str) -> String {
        self.pending.push_str(piece);
        let pending = std::mem::take(&mut self.pending);
        let mut out = String::new();
        let mut rest = pending.as_str();
        while let Some(at) = rest.find('<') {
            self.emit(&rest[..at], &mut out);
            rest = &rest[at..];
            match tag(rest) {
                Seen::Tag { length, closes } => {
                    self.pass(closes, &out);
                    rest = &rest[length..];
                }
                Seen::Other => {
                    self.emit(&rest[..1], &mut out);
                    rest = &rest[1..];
                }
                Seen::TooShort => {
                    self.written += out.len();
                    rest.clone_into(&mut self.pending);
                    return out;
                }
            }
        }
        self.emit(rest, &mut out);
        self.written += out.len();
        out
    }

    /// The rest, at the end of the answer.
    pub(super) fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.pending);
        // `<think` cut in the middle is not for the user either; a lone `<` may be.
        let mut out = String::new();
        if rest.len() < "<th".len() {
            self.emit(&rest, &mut out);
        }
        out
    }

    fn pass(&mut self, closes: bool, out: &str) {
        if closes && !self.inside {
            self.stray_close = Some(self.written + out.len());
        }
        self.inside = !closes;
        self.just_closed = closes;
    }

    fn emit(&mut self, text: &str, out: &mut String) {
        if self.inside {
            return;
        }
        let text = if self.just_closed { text.trim_start() } else { text };
        if !text.is_empty() {
            self.just_closed = false;
            out.push_str(text);
        }
    }
}

enum Seen {
    Tag { length: usize, closes: bool },
    Other,
    TooShort,
}

/// What stands at a `<`.
fn tag(text: &str) -> Seen {
    let body = text.strip_prefix('<').unwrap_or(text);
    let closes = body.starts_with('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    let name_end = body.find(|c: char| !c.is_ascii_alphabetic());
    let name = &body[..name_end.unwrap_or(body.len())];
    if name_end.is_none() {
        let may_become =
            TAGS.iter().any(|tag| tag.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name)));
        return if may_become { Seen::TooShort } else { Seen::Other };
    }
    if !TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) {
        return Seen::Other;
    }
    let rest = &body[name.len()..];
    if !rest.starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace()) {
        return Seen::Other;
    }
    match rest.find('>') {
        // `<think/>` is an empty block.
        Some(at) => Seen::Tag {
            length: text.len() - rest.len() + at + 1,
            closes: closes || rest[..at].ends_with('/'),
        },
        None => Seen::TooShort,
    }
}

#[cfg(test)]
mod tests {
    use super::remove;

    #[test]
    fn thinking_goes() {
        let rows = [
            ("<think>a</think>b", "b"),
            ("<Thinking>a\n</THINKING>\n\n b", "b"),
            ("b<think>a</think>c", "bc"),
            ("<think>never closed", ""),
            ("b <think>never closed", "b "),
            ("in the prompt</think>\nb", "b"),
            ("<think a='1'>a</think>b", "b"),
            ("a < b, <thinker>, <thin", "a < b, <thinker>, "),
            ("a <", "a <"),
            ("<think>a <b> c < d</think>e", "e"),
        ];
        for (answer, clean) in rows {
            assert_eq!(remove(answer), clean, "{answer}");
        }
    }
}
