//! Taking out of an answer, whole or streamed, what is not for any reader: thinking, marks of turns, headers.
//!
//! What comes out depends on the text alone, never on how it was cut into pieces. Inside of fenced code, and right
//! behind a backtick, marks are text: somebody writes about them.

use super::marks::{self, Asides, Header, Mark, Seen};

/// The answer without thinking and marks. An unclosed block goes to the end, and a closing tag without an opening one
/// (the prompt had it) takes everything before it along.
pub(super) fn remove(answer: &str) -> String {
    Filter::default().whole(answer).0
}

/// The same where `<reasoning>` and its like are fields of what is read.
pub(super) fn remove_around_fields(answer: &str) -> String {
    Filter { fields: true, ..Filter::default() }.whole(answer).0
}

/// The longest header, in bytes; a longer one is cut.
const LONGEST_HEADER: usize = 200;

/// Takes thinking and marks out of an answer that comes in pieces.
#[derive(Debug)]
pub(super) struct Filter {
    /// Text that cannot be judged yet: at most one mark.
    pending: String,
    /// How many blocks of thinking are open.
    depth: usize,
    /// What stands behind the end of a block inside of another one: thinking if that one ends too, else the answer.
    held: Option<String>,
    /// A channel that is not for the user is open.
    apart: bool,
    /// A header is open, and what it says.
    header: Option<(Header, String)>,
    /// The arguments of a call that had a header are coming.
    in_call: bool,
    /// Channels were used: then the end of a message is not that of the answer.
    channels: bool,
    /// A block has just ended; the blanks behind it go with it.
    just_closed: bool,
    /// The answer has ended.
    stopped: bool,
    /// Nothing but blanks came out so far.
    silent: bool,
    /// Something was taken out that was thinking.
    thought: bool,
    /// Only blanks stand between here and the beginning of the line.
    line_begun: bool,
    /// Tags that are thinking only at the beginning of a line are fields.
    fields: bool,
    /// The character before.
    before: char,
    fence: Fence,
    /// What came out so far turned out to be thinking.
    retracts: bool,
}

/// Where the text stands to fenced code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fence {
    Outside,
    /// In the line that opens it.
    Opening,
    /// Only blanks or thinking so far.
    Empty,
    Inside,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            pending: String::new(),
            depth: 0,
            held: None,
            apart: false,
            header: None,
            in_call: false,
            channels: false,
            just_closed: false,
            stopped: false,
            silent: true,
            thought: false,
            line_begun: true,
            fields: false,
            before: '\n',
            fence: Fence::Outside,
            retracts: false,
        }
    }
}

/// What a whole answer held besides its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Removed {
    /// Something of it was thinking.
    pub(super) thought: bool,
    /// It ended with a mark that says so.
    pub(super) stopped: bool,
}

impl Filter {
    /// A filter for an answer that begins inside a block.
    pub(super) fn inside() -> Self {
        Self { depth: 1, ..Self::default() }
    }

    /// A whole answer.
    pub(super) fn whole(mut self, answer: &str) -> (String, Removed) {
        let mut clean = self.push(answer);
        clean.push_str(&self.finish());
        (clean, Removed { thought: self.thought, stopped: self.stopped })
    }

    /// Takes a piece, returns the clean text known so far.
    pub(super) fn push(&mut self, piece: &str) -> String {
        let mut text = std::mem::take(&mut self.pending);
        text.push_str(piece);
        let mut out = String::new();
        let mut at = 0;
        while at < text.len() && !self.stopped {
            match self.step(&text[at..], &mut out) {
                Some(length) => at += length,
                None => {
                    text[at..].clone_into(&mut self.pending);
                    break;
                }
            }
        }
        out
    }

    /// The rest, at the end of the answer.
    pub(super) fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.pending);
        let mut out = String::new();
        // A mark cut in the middle is not for the user either; a lone `<` may be.
        if rest.len() < "<th".len() || rest.starts_with(['`', '\n', ' ']) {
            self.emit(&rest, &mut out);
        }
        if let Some(held) = self.held.take() {
            (self.depth, self.apart) = (0, false);
            self.emit(&held, &mut out);
        }
        self.end_call(&mut out);
        out
    }

    /// Whether everything that came out before turned out to be thinking, since this was asked last.
    pub(super) fn take_retraction(&mut self) -> bool {
        std::mem::take(&mut self.retracts)
    }

    /// Whether what comes now is hidden.
    fn hides(&self) -> bool {
        self.depth > 0 || self.apart
    }

    /// Consumes some of the text; none if it takes more of it.
    fn step(&mut self, rest: &str, out: &mut String) -> Option<usize> {
        let special = |c: char| matches!(c, '<' | '[' | '◁' | '\n' | '`');
        let first = rest.chars().next()?;
        if !special(first) {
            let length = rest.find(special).unwrap_or(rest.len());
            self.emit(&rest[..length], out);
            return Some(length);
        }
        if first == '\n' {
            if self.ends_line(out) {
                return Some(1);
            }
            self.emit("\n", out);
            return Some(1);
        }
        if first == '`' {
            return self.backtick(rest, out);
        }
        let asides = match (self.fields, self.line_begun) {
            (true, _) => Asides::Fields,
            (false, true) => Asides::All,
            (false, false) => Asides::Closing,
        };
        match marks::at(rest, asides) {
            Seen::TooShort => return None,
            Seen::Mark(mark, length) if self.counts(mark) => {
                self.mark(mark, &rest[..length], out);
                self.before = '>';
                return Some(length);
            }
            Seen::Mark(..) | Seen::Other => {}
        }
        self.emit(&rest[..first.len_utf8()], out);
        Some(first.len_utf8())
    }

    fn backtick(&mut self, rest: &str, out: &mut String) -> Option<usize> {
        let fence = "```";
        if !self.line_begun || self.hides() || self.header.is_some() {
            self.emit("`", out);
            return Some(1);
        }
        if rest.len() < fence.len() && fence.starts_with(rest) {
            return None;
        }
        if !rest.starts_with(fence) {
            self.emit("`", out);
            return Some(1);
        }
        self.emit(fence, out);
        self.before = ' ';
        self.fence = if self.fence == Fence::Outside { Fence::Opening } else { Fence::Outside };
        Some(fence.len())
    }

    /// Whether a mark is meant as one here.
    fn counts(&self, mark: Mark) -> bool {
        if self.hides() {
            return true;
        }
        let written_about = self.before == '`' || matches!(self.fence, Fence::Inside | Fence::Opening);
        match mark {
            Mark::Think { closes: true, sure: false } => false,
            _ => !written_about,
        }
    }

    fn mark(&mut self, mark: Mark, text: &str, out: &mut String) {
        if self.header.is_some() && mark != Mark::Nothing {
            self.end_header(mark == Mark::Body, out);
            if self.stopped || mark == Mark::Body {
                return;
            }
        }
        match mark {
            Mark::Think { closes, .. } => self.think(closes, out),
            Mark::Stop if self.hides() => self.stopped = true,
            // Some begin with the end of the turn before.
            Mark::Stop if self.silent && !self.in_call => {}
            Mark::Stop => self.stopped = true,
            Mark::Nothing | Mark::Body => {}
            Mark::Header(header) => {
                self.end_call(out);
                self.channels |= header == Header::Channel;
                self.apart = false;
                self.header = Some((header, String::new()));
            }
            Mark::MessageEnd => {
                self.end_call(out);
                self.stopped |= !self.channels && !self.silent;
                self.just_closed |= self.apart;
                self.apart = false;
            }
            Mark::CallEnd if self.in_call => self.end_call(out),
            Mark::CallEnd | Mark::Keep => self.emit(text, out),
        }
    }

    fn think(&mut self, closes: bool, out: &mut String) {
        self.thought = true;
        if !closes {
            self.depth += 1;
            self.held = None;
            return;
        }
        self.just_closed = true;
        match self.depth {
            0 => {
                out.clear();
                self.retracts = true;
                self.silent = true;
                self.fence = Fence::Outside;
            }
            1 => (self.depth, self.held) = (0, None),
            _ => {
                self.depth -= 1;
                self.held = Some(String::new());
            }
        }
    }

    /// Whether a line ends a header.
    fn ends_line(&mut self, out: &mut String) -> bool {
        match &self.header {
            Some((Header::Speaker, said)) if !said.trim().is_empty() => self.end_header(false, out),
            Some((Header::CallLine, _)) => self.end_header(false, out),
            _ => return false,
        }
        self.line_begun = true;
        self.before = '\n';
        true
    }

    fn end_header(&mut self, has_body: bool, out: &mut String) {
        let Some((header, said)) = self.header.take() else {
            return;
        };
        let said = said.trim();
        self.just_closed = true;
        match header {
            Header::Speaker => {
                let role = said.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
                let is_other = ["user", "system", "tool", "human", "developer", "observation"]
                    .contains(&&*role)
                    || role.starts_with("functions.");
                self.stopped |= is_other;
            }
            Header::Channel => match said.split_once("to=") {
                Some((_, recipient)) => self.begin_call(recipient, out),
                None => {
                    self.apart = said.to_ascii_lowercase().starts_with("analysis");
                    self.thought |= self.apart;
                }
            },
            Header::Call if said == "function" => self.header = Some((Header::CallLine, String::new())),
            Header::Call if !has_body => {}
            Header::Call | Header::CallLine => self.begin_call(said, out),
        }
    }

    /// A call that had a header becomes one that has none.
    fn begin_call(&mut self, recipient: &str, out: &mut String) {
        let name = recipient.split_whitespace().next().unwrap_or_default();
        let name = name.split(['<', ':', '>']).next().unwrap_or_default();
        let name = name.strip_prefix("functions.").unwrap_or(name);
        self.apart = false;
        self.emit(&format!("<function={name}>"), out);
        self.in_call = true;
    }

    fn end_call(&mut self, out: &mut String) {
        if std::mem::take(&mut self.in_call) {
            self.emit("</function>", out);
        }
    }

    fn emit(&mut self, text: &str, out: &mut String) {
        let Some(last) = text.chars().next_back() else {
            return;
        };
        if let Some((_, said)) = &mut self.header {
            let room = LONGEST_HEADER.saturating_sub(said.len());
            said.extend(text.chars().take(room));
            return;
        }
        self.line_begun = match text.rfind('\n') {
            Some(newline) => text[newline..].trim().is_empty(),
            None => self.line_begun && text.trim().is_empty(),
        };
        self.before = last;
        if self.hides() {
            if let Some(held) = &mut self.held {
                held.push_str(text);
            }
            return;
        }
        self.fence = match self.fence {
            Fence::Opening if text == "\n" => Fence::Empty,
            Fence::Empty if !text.trim().is_empty() => Fence::Inside,
            same => same,
        };
        let text = if self.just_closed { text.trim_start() } else { text };
        if !text.is_empty() {
            self.just_closed = false;
            self.silent &= text.trim().is_empty();
            out.push_str(text);
        }
    }
}
