//! Keeps an answer to the lines of the character's style that a rule can keep.

use crate::words::sentences;

/// The answer without exclamation marks and with no more sentences than the style allows.
pub(crate) fn kept(answer: String, style: &[String]) -> String {
    let mut answer = answer;
    for line in style.iter().map(|line| line.to_lowercase()) {
        let bans = ["no ", "never ", "without ", "avoid"].iter().any(|word| line.contains(word));
        if bans && line.contains("exclamation") && !answer.contains(['"', '“']) {
            answer = answer.replace('!', ".");
        }
        if let Some(most) = at_most(&line) {
            answer = shortened(answer, most);
        }
    }
    answer
}

/// `three sentences at most`, `at most 3 sentences`.
fn at_most(line: &str) -> Option<usize> {
    const NUMBERS: &[&str] = &["one", "two", "three", "four", "five", "six"];
    let limits = ["at most", "no more than", "maximum", "max"];
    if !line.contains("sentence") || !limits.iter().any(|limit| line.contains(limit)) {
        return None;
    }
    line.split_whitespace().find_map(|word| {
        let named = NUMBERS.iter().position(|name| *name == word).map(|at| at + 1);
        named.or_else(|| word.parse().ok())
    })
}

fn shortened(answer: String, most: usize) -> String {
    let parts = sentences(&answer);
    if most == 0 || parts.len() <= most || answer.contains(['"', '“', '\n']) {
        answer
    } else {
        parts.into_iter().take(most).collect::<Vec<_>>().join(" ")
    }
}
