//! Words: tokens with their places in the text, stems, stop words and sentences.

use std::collections::BTreeSet;

/// A word of a text. Contractions are taken apart: `don't` is the two tokens `do` and `not`.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// In lower case, contractions written out.
    pub(crate) lower: String,
    /// Its stem; equal stems count as the same word.
    pub(crate) stem: String,
    /// Where it starts, in bytes.
    pub(crate) start: usize,
    /// Where it ends, in bytes.
    pub(crate) end: usize,
    /// It starts with a capital letter.
    pub(crate) capital: bool,
    /// It stands between quotation marks.
    pub(crate) quoted: bool,
}

impl Token {
    /// It is one of these words.
    pub(crate) fn is(&self, words: &[&str]) -> bool {
        words.contains(&self.lower.as_str())
    }

    /// It carries meaning of its own.
    pub(crate) fn is_content(&self) -> bool {
        !is_stop(&self.lower)
    }
}

/// The words of a text, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let quotes = quoted_spans(text);
    let mut found = Vec::new();
    for (start, end) in word_spans(text) {
        let written = text.get(start..end).unwrap_or_default();
        let lower = written.to_lowercase().replace('’', "'");
        let capital = written.chars().next().is_some_and(char::is_uppercase);
        let quoted = quotes.iter().any(|(from, to)| start >= *from && end <= *to);
        for word in written_out(&lower) {
            let stem = stem(&word);
            found.push(Token { lower: word, stem, start, end, capital, quoted });
        }
    }
    found
}

fn word_spans(text: &str) -> Vec<(usize, usize)> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut spans = Vec::new();
    let mut start = None;
    for (index, (at, letter)) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| chars.get(i)).map(|(_, c)| *c);
        let after = chars.get(index + 1).map(|(_, c)| *c);
        let inner = match letter {
            '\'' | '’' => both(before, after, char::is_alphabetic),
            '.' | ':' | ',' => both(before, after, |c| c.is_ascii_digit()),
            _ => false,
        };
        if letter.is_alphanumeric() || (inner && start.is_some()) {
            start.get_or_insert(*at);
        } else if let Some(from) = start.take() {
            spans.push((from, *at));
        }
    }
    if let Some(from) = start {
        spans.push((from, text.len()));
    }
    spans
}

fn both(before: Option<char>, after: Option<char>, test: impl Fn(char) -> bool) -> bool {
    before.is_some_and(&test) && after.is_some_and(&test)
}

/// A word without its contraction; a possessive stays as it is.
fn written_out(word: &str) -> Vec<String> {
    let pair = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    match word {
        "can't" | "cant" | "cannot" => return pair("can", "not"),
        "won't" | "wont" => return pair("will", "not"),
        "let's" => return pair("let", "us"),
        "im" => return pair("i", "am"),
        "ive" => return pair("i", "have"),
        "whats" => return pair("what", "is"),
        "youre" => return pair("you", "are"),
        "gonna" => return pair("going", "to"),
        "wanna" => return pair("want", "to"),
        "dont" | "doesnt" | "didnt" | "isnt" | "arent" | "wasnt" | "couldnt" | "wouldnt" | "shouldnt" => {
            return pair(word.trim_end_matches("nt"), "not");
        }
        "u" => return vec!["you".to_owned()],
        "r" => return vec!["are".to_owned()],
        "ur" => return vec!["your".to_owned()],
        "teh" => return vec!["the".to_owned()],
        "pls" | "plz" => return vec!["please".to_owned()],
        "hows" | "whos" | "wheres" | "thats" => return pair(word.trim_end_matches('s'), "is"),
        _ => {}
    }
    let Some((base, ending)) = word.rsplit_once('\'') else {
        return vec![word.to_owned()];
    };
    match ending {
        "m" => pair(base, "am"),
        "re" => pair(base, "are"),
        "ve" => pair(base, "have"),
        "ll" => pair(base, "will"),
        "d" => pair(base, "would"),
        "t" if base.ends_with('n') => pair(base.trim_end_matches('n'), "not"),
        "s" if OWNERLESS.contains(&base) => pair(base, "is"),
        _ => vec![word.to_owned()],
    }
}

/// Words whose `'s` means `is`.
const OWNERLESS: &[&str] =
    &["what", "who", "where", "when", "why", "how", "it", "that", "this", "there", "here", "he", "she"];

/// The spans between quotation marks, without the marks.
pub(crate) fn quoted_spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let mut before = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((at, letter)) = chars.next() {
        let after = chars.peek().map_or(' ', |(_, c)| *c);
        match open {
            Some((from, mark)) if letter == mark && (mark != '\'' || !after.is_alphanumeric()) => {
                spans.push((from, at));
                open = None;
            }
            Some(_) => {}
            None => {
                let starts = !before.is_alphanumeric();
                let closing = match letter {
                    '"' | '`' => Some(letter),
                    '“' | '„' => Some('”'),
                    '«' => Some('»'),
                    '\'' | '‘' if starts && after.is_alphanumeric() => {
                        Some(if letter == '‘' { '’' } else { '\'' })
                    }
                    _ => None,
                };
                open = closing.map(|mark| (at + letter.len_utf8(), mark));
            }
        }
        before = letter;
    }
    spans
}

/// The stem of a lower-case English word: plural, -ing, -ed, -ion and a silent e taken off.
pub(crate) fn stem(word: &str) -> String {
    let mut root = word.trim_end_matches("'s").to_owned();
    if !root.is_ascii() || root.len() <= 3 || root.bytes().any(|b| b.is_ascii_digit()) {
        return root;
    }
    strip_plural(&mut root);
    for ending in ["ing", "ed"] {
        if root.len() >= ending.len() + 3 && root.ends_with(ending) && !root.ends_with("eed") {
            let rest = root.len() - ending.len();
            if root.get(..rest).is_some_and(|r| r.contains(['a', 'e', 'i', 'o', 'u', 'y'])) {
                root.truncate(rest);
                undouble(&mut root);
            }
        }
    }
    if root.len() > 5 && (root.ends_with("tion") || root.ends_with("sion")) {
        root.truncate(root.len() - 3);
    }
    if root.len() > 2 && root.ends_with('e') {
        root.pop();
    }
    if root.len() > 2 && root.ends_with('y') {
        root.pop();
        root.push('i');
    }
    root
}

fn strip_plural(root: &mut String) {
    if root.ends_with("ies") {
        root.truncate(root.len() - 3);
        root.push('y');
    } else if ["sses", "xes", "zes", "ches", "shes"].iter().any(|ending| root.ends_with(ending)) {
        root.truncate(root.len() - 2);
    } else if root.ends_with('s') && !["ss", "us", "is"].iter().any(|ending| root.ends_with(ending)) {
        root.pop();
    }
}

fn undouble(root: &mut String) {
    let bytes = root.as_bytes();
    if let [.., a, b] = bytes
        && a == b
        && !b"lsz".contains(b)
    {
        root.pop();
    }
}

/// Grammar words, which say nothing about the subject.
pub(crate) fn is_stop(word: &str) -> bool {
    STOP.contains(&word)
}

const STOP: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been",
    "before", "being", "but", "by", "can", "could", "did", "do", "does", "done", "each", "for", "from",
    "had", "has", "have", "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "it",
    "its", "just", "like", "may", "me", "might", "mine", "more", "most", "my", "not", "now", "of", "off",
    "on", "or", "our", "out", "over", "please", "really", "right", "shall", "she", "should", "so", "some",
    "such", "than", "thank", "thanks", "that", "the", "their", "them", "then", "there", "these", "they",
    "this", "those", "to", "too", "until", "up", "us", "very", "was", "we", "were", "what", "when", "where",
    "which", "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "yours",
];

/// The stems of the words of a text that carry meaning.
pub(crate) fn content_stems(text: &str) -> BTreeSet<String> {
    tokens(text).into_iter().filter(Token::is_content).map(|token| token.stem).collect()
}

/// The sentences of a text, trimmed, without empty ones. Line ends end a sentence too.
pub(crate) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, letter)) = chars.next() {
        let ends = match letter {
            '\n' | '!' | '?' | '…' => true,
            '.' => chars.peek().is_none_or(|(_, next)| next.is_whitespace()) && !abbreviated(text, at),
            _ => false,
        };
        if ends {
            let end = at + letter.len_utf8();
            found.push(text.get(start..end).unwrap_or_default().trim());
            start = end;
        }
    }
    found.push(text.get(start..).unwrap_or_default().trim());
    found.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    found
}

fn abbreviated(text: &str, dot: usize) -> bool {
    let word = text.get(..dot).unwrap_or_default().rsplit(char::is_whitespace).next().unwrap_or_default();
    word.len() == 1 && word.starts_with(char::is_uppercase)
        || ["Dr", "Mr", "Mrs", "Ms", "St", "e.g", "i.e", "etc", "vs"].contains(&word)
}

/// With its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The words `a`, `b` and `c` as `a, b or c`.
pub(crate) fn listed(words: &[String], joint: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {joint} {last}", first.join(", ")),
    }
}
