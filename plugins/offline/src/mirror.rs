//! Turns a text round: what I say of myself becomes what is said of you, and the other way.

use crate::words::{Token, tokens};

/// The text with I and you, my and your, exchanged.
pub(crate) fn mirror(text: &str) -> String {
    rewrite(text, |words, at| {
        let token = words.get(at)?;
        let before = at.checked_sub(1).and_then(|i| words.get(i));
        let turned = match token.lower.as_str() {
            "i" | "me" => "you",
            "my" => "your",
            "mine" => "yours",
            "myself" => "yourself",
            "am" => "are",
            "was" if before.is_some_and(|t| t.lower == "i") => "were",
            "your" => "my",
            "yours" => "mine",
            "yourself" => "myself",
            "are" if before.is_some_and(|t| t.lower == "you") => "am",
            "were" if before.is_some_and(|t| t.lower == "you") => "was",
            "you" if acts(words, at) => "I",
            "you" => "me",
            _ => return None,
        };
        Some(turned.to_owned())
    })
}

/// The text as said of somebody else: my is their, me is them.
pub(crate) fn of_another(text: &str) -> String {
    rewrite(text, |words, at| {
        let turned = match words.get(at)?.lower.as_str() {
            "i" => "they",
            "me" => "them",
            "my" => "their",
            "mine" => "theirs",
            "myself" => "themselves",
            "am" => "are",
            _ => return None,
        };
        Some(turned.to_owned())
    })
}

/// This `you` does something, rather than having it done to it.
fn acts(words: &[Token], at: usize) -> bool {
    let auxiliary = [
        "are", "were", "have", "had", "will", "can", "could", "do", "did", "would", "should", "may", "might",
        "must", "never", "always", "really", "just", "know", "think", "feel", "like", "want", "need",
    ];
    let joint = [
        "that", "if", "because", "when", "and", "but", "what", "why", "how", "where", "think", "believe",
        "whether", "know", "are", "can", "do",
    ];
    let next = words.get(at + 1);
    let before = at.checked_sub(1).and_then(|i| words.get(i));
    next.is_some_and(|t| t.is(&auxiliary)) || (next.is_some() && before.is_none_or(|t| t.is(&joint)))
}

/// Rewrites words where `turn` says so; everything else stays as it is written.
fn rewrite(text: &str, turn: impl Fn(&[Token], usize) -> Option<String>) -> String {
    let words = tokens(text);
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(token) = words.get(at) {
        // A contraction is several words in one place.
        let end =
            (at..words.len()).take_while(|i| words.get(*i).is_some_and(|t| t.start == token.start)).count()
                + at;
        let turned: Vec<Option<String>> = (at..end).map(|i| turn(&words, i)).collect();
        if turned.iter().any(Option::is_some) {
            let parts: Vec<String> = turned
                .into_iter()
                .zip(words.get(at..end).unwrap_or_default())
                .map(|(new, old)| new.unwrap_or_else(|| old.lower.clone()))
                .collect();
            out.push_str(text.get(copied..token.start).unwrap_or_default());
            out.push_str(&parts.join(" "));
            copied = token.end;
        }
        at = end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}
