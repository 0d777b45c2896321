//! Cutting text where a reader would, and reading yes or no.

use std::borrow::Cow;

const ELLIPSIS: &str = "...";

/// `text` cut to at most `limit` characters, at the end of a sentence if one ends in time,
/// else after a word with `...`, else hard with `...`.
///
/// A limit below 4 leaves no room for `...`; then the first `limit` characters are returned.
/// Lengths are counted in characters, not bytes.
pub fn truncate_to_sentence(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().count() <= limit {
        return Cow::Borrowed(text);
    }
    let head = first_chars(text, limit);
    if let Some(dot) = head.rfind('.') {
        let sentences = head[..=dot].trim();
        if !sentences.is_empty() {
            return Cow::Borrowed(sentences);
        }
    }
    if limit <= ELLIPSIS.len() {
        return Cow::Borrowed(head);
    }
    let room = limit - ELLIPSIS.len();
    // One character more than there is room for: a space right behind the last word is a good cut.
    let words = first_chars(text, room + 1);
    let cut = words
        .rfind(' ')
        .map(|space| words[..space].trim())
        .filter(|kept| !kept.is_empty())
        .unwrap_or_else(|| first_chars(text, room).trim());
    Cow::Owned(format!("{cut}{ELLIPSIS}"))
}

/// Whether a setting's text means yes: `yes`, `y`, `true`, `t`, `1`, `on`, `enable`, in any case,
/// with blanks around. Everything else means no.
pub fn is_true(text: &str) -> bool {
    const YES: [&str; 7] = ["yes", "y", "true", "t", "1", "on", "enable"];
    let text = text.trim();
    YES.iter().any(|yes| text.eq_ignore_ascii_case(yes))
}

fn first_chars(text: &str, count: usize) -> &str {
    match text.char_indices().nth(count) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_longer_than_the_limit() {
        let text = "Ünï. wörd another word without end and more";
        for limit in 0..50 {
            let cut = truncate_to_sentence(text, limit);
            assert!(cut.chars().count() <= limit, "{limit}: {cut}");
        }
    }
}
