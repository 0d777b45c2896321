//! A reader of JSON as models write it.
//!
//! Beyond JSON it takes: trailing and missing commas' worth of blanks, single quotes, names without
//! quotes, words as text, `True` and `None`, comments, line breaks and unescaped quotes inside
//! of strings, and an end in the middle. Types are kept: `42` stays a number.

use serde_json::{Map, Number, Value};

/// Deeper nesting than any answer has; keeps hostile input from exhausting the stack.
const DEPTH: usize = 64;

/// A value read from the beginning of a text.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) value: Value,
    /// Behind the value.
    pub(super) end: usize,
    /// Whether the text ended in the middle. Then text at the top of an object is kept as far as
    /// it goes, and everything else that is not finished is left out.
    pub(super) cut: bool,
}

/// Reads the whole text as one value.
pub(super) fn whole(text: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let read = prefix(text)?;
    (!read.cut && text[read.end..].trim().is_empty()).then_some(read.value)
}

/// Reads the value at the beginning of the text. None if there is none.
pub(super) fn prefix(text: &str) -> Option<Read> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = strict.next() {
        let end = strict.byte_offset();
        return Some(Read { value, end, cut: false });
    }
    let mut reader = Reader { text, at: 0, cut: false };
    let value = reader.value(0)?;
    Some(Read { value, end: reader.at, cut: reader.cut })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    cut: bool,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Skips blanks and comments.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let comment = match trimmed {
                _ if trimmed.starts_with("//") => trimmed.find('\n'),
                _ if trimmed.starts_with("/*") => trimmed.find("*/").map(|at| at + 2),
                _ => return,
            };
            self.at += comment.unwrap_or(trimmed.len());
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.blanks();
        match self.peek()? {
            _ if depth > DEPTH => None,
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote @ ('"' | '\'') => {
                let text = self.string(quote)?;
                // Only what the user reads is worth having in part.
                (!self.cut || depth == 1).then_some(Value::String(text))
            }
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut fields = Map::new();
        self.eat('{');
        loop {
            self.blanks();
            while self.eat(',') {
                self.blanks();
            }
            if self.eat('}') {
                break;
            }
            if self.rest().is_empty() {
                self.cut = true;
                break;
            }
            let key = self.key()?;
            self.blanks();
            if !self.eat(':') {
                self.ends()?;
                break;
            }
            match self.value(depth + 1) {
                Some(value) => drop(fields.insert(key, value)),
                None => self.ends()?,
            }
            if self.cut {
                break;
            }
            self.blanks();
            self.between('}')?;
        }
        // An unfinished object inside of another may lack what matters.
        (!self.cut || depth == 0).then_some(Value::Object(fields))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.eat('[');
        loop {
            self.blanks();
            while self.eat(',') {
                self.blanks();
            }
            if self.eat(']') {
                break;
            }
            match self.value(depth + 1) {
                Some(value) => items.push(value),
                None => self.ends()?,
            }
            if self.cut {
                break;
            }
            self.blanks();
            self.between(']')?;
        }
        (!self.cut || depth == 0).then_some(Value::Array(items))
    }

    /// Nothing more can be read: fine at the end of the text, else this is no JSON.
    fn ends(&mut self) -> Option<()> {
        self.blanks();
        self.cut |= self.rest().is_empty();
        self.cut.then_some(())
    }

    /// Behind an item comes a comma, the closing bracket, or the end; a missing comma
    /// is forgiven where a quote follows.
    fn between(&self, close: char) -> Option<()> {
        match self.peek() {
            None | Some(',' | '"' | '\'') => Some(()),
            Some(c) => (c == close).then_some(()),
        }
    }

    fn key(&mut self) -> Option<String> {
        if let Some(quote @ ('"' | '\'')) = self.peek() {
            return self.string(quote);
        }
        let rest = self.rest();
        let is_key = |c: char| c.is_alphanumeric() || "_-$.".contains(c);
        let key = &rest[..rest.find(|c| !is_key(c)).unwrap_or(rest.len())];
        self.at += key.len();
        (!key.is_empty()).then(|| key.to_owned())
    }

    fn string(&mut self, quote: char) -> Option<String> {
        self.at += quote.len_utf8();
        let mut text = String::new();
        let mut chars = self.rest().char_indices();
        let start = self.at;
        while let Some((offset, c)) = chars.next() {
            let behind = start + offset + c.len_utf8();
            match c {
                _ if c == quote && closes(&self.text[behind..]) => {
                    self.at = behind;
                    return Some(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'u')) => text.push(unicode(&mut chars)),
                    Some((_, escaped)) => text.push(unescaped(escaped)),
                    None => break,
                },
                _ => text.push(c),
            }
        }
        self.at = self.text.len();
        self.cut = true;
        Some(text)
    }

    /// A number, `true`, `null`, or a text without quotes.
    fn word(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find([',', '}', ']', '\n', '{', '[', ':', '"']);
        let word = rest[..end.unwrap_or(rest.len())].trim();
        let length = end.unwrap_or(rest.len());
        if word.is_empty() || rest[length..].starts_with(['{', '[', ':', '"']) {
            return None;
        }
        self.at += length;
        if end.is_none() {
            // `12` may have become `1200`.
            self.cut = true;
            return None;
        }
        Some(match word {
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "None" | "undefined" | "NaN" => Value::Null,
            _ => number(word).unwrap_or_else(|| Value::String(word.to_owned())),
        })
    }
}

/// Whether a quote in front of `rest` ends its string: quotes inside are often not escaped.
pub(super) fn closes(rest: &str) -> bool {
    let next = rest.trim_start();
    next.is_empty() || next.starts_with([',', '}', ']', ':']) || next.starts_with("//")
        // A missing comma: the next name follows on a line of its own.
        || rest[..rest.len() - next.len()].contains('\n') && next.starts_with('"')
}

fn unescaped(c: char) -> char {
    match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        other => other,
    }
}

/// The four hexadecimal digits at the beginning of a text.
fn hex(text: &str) -> Option<u16> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

/// The character of the escape at the beginning of a text, and its length. None if more of the text is needed.
pub(super) fn escape(text: &str) -> Option<(char, usize)> {
    let kind = text.chars().nth(1)?;
    if kind != 'u' {
        return Some((unescaped(kind), 1 + kind.len_utf8()));
    }
    let body = &text[2..];
    let digits = body.chars().take(4).take_while(char::is_ascii_hexdigit).count();
    if digits < 4 && digits == body.chars().take(4).count() {
        return None;
    }
    let is_first_half = hex(body).is_some_and(|unit| (0xD800..0xDC00).contains(&unit));
    if is_first_half
        && body.len() < "D83D\\uDE00".len()
        && "\\u".starts_with(body[4..].get(..2).unwrap_or(&body[4..]))
    {
        return None;
    }
    let mut chars = body.char_indices();
    let c = unicode(&mut chars);
    Some((c, text.len() - chars.as_str().len()))
}

/// The character behind `\u`, with the second half of a pair if it needs one.
fn unicode(chars: &mut std::str::CharIndices<'_>) -> char {
    let Some(first) = hex(chars.as_str()) else {
        return char::REPLACEMENT_CHARACTER;
    };
    chars.nth(3);
    let mut units = vec![first];
    let second = chars.as_str().strip_prefix("\\u").and_then(hex);
    let is_first_half = (0xD800..0xDC00).contains(&first);
    if let Some(second) = second.filter(|unit| is_first_half && (0xDC00..0xE000).contains(unit)) {
        units.push(second);
        chars.nth(5);
    }
    let mut decoded = char::decode_utf16(units);
    decoded.next().and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn number(word: &str) -> Option<Value> {
    let plain = word.strip_prefix('+').unwrap_or(word);
    if !plain.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
        return None;
    }
    if let Ok(integer) = plain.parse::<i64>() {
        return Some(Value::from(integer));
    }
    plain.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}
