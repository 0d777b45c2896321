//! Slips of the pen: a word that lacks a letter, has one twice or two exchanged, put right by the words that
//! are known.

use crate::words::tokens;
use std::collections::BTreeSet;

/// Shorter words are too easily another word.
const SHORTEST: usize = 6;

/// Words of their own that differ from another by one letter.
const OWN: &[&str] = &["contract", "contracts", "whether", "weathered", "fallow", "massage"];

/// The text with slips put right, if it has any.
pub(crate) fn corrected(text: &str, known: &BTreeSet<String>) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    for token in tokens(text).iter().filter(|token| !token.quoted && token.is_content()) {
        if known.contains(&token.lower) || OWN.contains(&token.lower.as_str()) || token.start < copied {
            continue;
        }
        let Some(meant) = known.iter().find(|word| slipped(&token.lower, word)) else {
            continue;
        };
        out.push_str(text.get(copied..token.start).unwrap_or_default());
        out.push_str(meant);
        copied = token.end;
    }
    (copied > 0).then(|| out + text.get(copied..).unwrap_or_default())
}

/// The words of texts that are long enough to be recognised in spite of a slip.
pub(crate) fn vocabulary<'t>(texts: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    texts
        .flat_map(tokens)
        .filter(|token| token.is_content() && token.lower.len() >= SHORTEST && token.lower.is_ascii())
        .map(|token| token.lower)
        .collect()
}

/// One letter left out, put in or exchanged with its neighbour; another letter instead is another word.
fn slipped(said: &str, word: &str) -> bool {
    let (a, b) = (said.as_bytes(), word.as_bytes());
    if a.first() != b.first() || word.len() < SHORTEST || said == word {
        return false;
    }
    // Endings are grammar: `log` and `logs` are no slip of each other.
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short.len() == long.len() {
        let differ: Vec<usize> = (0..a.len()).filter(|at| a.get(*at) != b.get(*at)).collect();
        return match differ.as_slice() {
            [first, second] => {
                second - first == 1 && a.get(*first) == b.get(*second) && a.get(*second) == b.get(*first)
            }
            _ => false,
        };
    }
    if long.len() - short.len() != 1 || long.starts_with(short) {
        return false;
    }
    let at = (0..short.len()).find(|at| short.get(*at) != long.get(*at)).unwrap_or(short.len());
    short.get(at..) == long.get(at + 1..)
}
