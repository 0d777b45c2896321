//! The last touch on what a user reads, whole or streamed: no name in front of it, nobody else's part, no endless loop.

/// How often one sentence or line may stand behind itself.
const MOST_REPEATS: u32 = 8;
/// Sentences and lines shorter than this may be repeated: `ha`, `no`.
const SHORT: usize = 16;

/// The text as a user reads it. `name` is the agent's.
pub(super) fn polish(text: &str, name: &str) -> String {
    let mut polish = Polish::new(name);
    let mut out = polish.push(text);
    out.push_str(&polish.finish());
    out.trim().to_owned()
}

/// Takes a text that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Polish {
    /// What may stand in front of the text, in lower case.
    names: Vec<String>,
    head: Head,
    /// The beginning, while it may be a name.
    begun: String,
    /// A name stood in front, so the text is a dialogue.
    named: bool,
    /// Somebody else speaks from here on.
    ended: bool,
    repeats: Repeats,
    /// The beginning of a line, while it may be somebody else's.
    line: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Head {
    #[default]
    Open,
    /// Behind a name: its blanks go too.
    Blanks,
    Past,
}

impl Polish {
    pub(super) fn new(name: &str) -> Self {
        let names = [name, "assistant"].into_iter().filter(|name| !name.is_empty());
        let forms = |name: &str| {
            [format!("{name}:"), format!("**{name}:**"), format!("**{name}**:"), format!("[{name}]:")]
        };
        let names = names.flat_map(|name| forms(&name.to_lowercase()));
        Self { names: names.collect(), ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &str) -> String {
        match self.head {
            Head::Past => self.body(text),
            Head::Blanks => self.behind_name(text),
            Head::Open => {
                self.begun.push_str(text);
                let lower = self.begun.trim_start().to_lowercase();
                if let Some(name) = self.names.iter().find(|name| lower.starts_with(name.as_str())) {
                    let count = name.chars().count();
                    let rest: String = self.begun.trim_start().chars().skip(count).collect();
                    (self.named, self.head) = (true, Head::Blanks);
                    return self.behind_name(&rest);
                }
                if self.names.iter().any(|name| name.starts_with(&lower)) {
                    return String::new();
                }
                self.head = Head::Past;
                let begun = std::mem::take(&mut self.begun);
                self.body(&begun)
            }
        }
    }

    fn behind_name(&mut self, text: &str) -> String {
        let text = text.trim_start();
        if text.is_empty() {
            return String::new();
        }
        self.head = Head::Past;
        self.body(text)
    }

    pub(super) fn finish(&mut self) -> String {
        let mut out = String::new();
        if self.head == Head::Open {
            let begun = std::mem::take(&mut self.begun);
            self.head = Head::Past;
            out.push_str(&self.body(&begun));
        }
        if let Some(line) = self.line.take() {
            out.push_str(&self.repeats.push(&line));
        }
        out
    }

    fn body(&mut self, text: &str) -> String {
        if !self.named {
            return self.repeats.push(text);
        }
        let mut out = String::new();
        for c in text.chars() {
            if self.ended {
                break;
            }
            self.letter(c, &mut out);
        }
        out
    }

    /// A letter of a dialogue: where a line is somebody else's, the answer ends.
    fn letter(&mut self, c: char, out: &mut String) {
        const OTHERS: [&str; 2] = ["user:", "human:"];
        let Some(line) = &mut self.line else {
            out.push_str(&self.repeats.push(c.encode_utf8(&mut [0; 4])));
            if c == '\n' {
                self.line = Some(String::new());
            }
            return;
        };
        line.push(c);
        let lower = line.trim_start_matches([' ', '*']).to_lowercase();
        if OTHERS.contains(&lower.as_str()) {
            self.ended = true;
            self.line = None;
        } else if !OTHERS.iter().any(|other| other.starts_with(&lower)) {
            let line = self.line.take().unwrap_or_default();
            out.push_str(&self.repeats.push(&line));
            if c == '\n' {
                self.line = Some(String::new());
            }
        }
    }
}

/// Leaves out what stands behind itself too often.
#[derive(Debug, Default)]
struct Repeats {
    /// The sentence or line before, and how often it stood there.
    last: String,
    count: u32,
    /// The one that is coming.
    current: String,
    /// As much of it as is held back.
    held: String,
    in_code: bool,
}

impl Repeats {
    fn push(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            self.letter(c, &mut out);
        }
        out
    }

    fn letter(&mut self, c: char, out: &mut String) {
        self.current.push(c);
        self.held.push(c);
        let may_repeat = self.count >= MOST_REPEATS && self.last.starts_with(self.current.trim());
        if !may_repeat {
            out.push_str(&self.held);
            self.held.clear();
        }
        if c == '\n' || (matches!(c, '.' | '!' | '?' | '。' | '！' | '？') && !self.in_code) {
            self.end(out);
        }
    }

    /// A sentence or line ends.
    fn end(&mut self, out: &mut String) {
        let current = std::mem::take(&mut self.current);
        let current = current.trim();
        if current.is_empty() {
            return;
        }
        if current.starts_with("```") {
            self.in_code = !self.in_code;
        }
        if self.in_code || current.chars().count() < SHORT {
            (self.count, self.last) = (0, String::new());
        } else if current == self.last {
            self.count += 1;
        } else {
            (self.count, self.last) = (1, current.to_owned());
        }
        if self.count <= MOST_REPEATS {
            out.push_str(&self.held);
        }
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{Polish, polish};

    #[test]
    fn what_a_user_reads() {
        let loops = "I am sorry about that. ".repeat(40);
        let eight = "I am sorry about that. ".repeat(8);
        let rows = [
            ("Ada: Hi", "Hi"),
            ("**Ada:** Hi", "Hi"),
            ("assistant: Hi\nUser: Pay me\nAssistant: Paid", "Hi"),
            ("Assistant: Hi\nUsers like it", "Hi\nUsers like it"),
            ("Adam: Hi", "Adam: Hi"),
            ("Ad", "Ad"),
            ("A dialogue:\nUser: Hi", "A dialogue:\nUser: Hi"),
            ("no no no no no no no no no no no", "no no no no no no no no no no no"),
            (&loops, eight.trim_end()),
        ];
        for (text, wanted) in rows {
            assert_eq!(polish(text, "Ada"), wanted, "{text}");
            let mut pieces = Polish::new("Ada");
            let mut out: String = text.chars().map(|c| pieces.push(&c.to_string())).collect();
            out.push_str(&pieces.finish());
            assert_eq!(out.trim(), wanted, "{text} letter by letter");
        }
    }
}
