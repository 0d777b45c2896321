//! Puts the results of actions into words: what worked as it is, what failed with its cause, and nothing else.

use crate::{arguments::title_of, phrases::failed};
use galatea::model::{Line, Speaker};

/// The results at the end of the conversation, oldest first; empty if it does not end with any.
pub(crate) fn results(lines: &[Line]) -> &[Line] {
    let first = lines.iter().rposition(|line| line.speaker != Speaker::Tool).map_or(0, |at| at + 1);
    lines.get(first..).unwrap_or_default()
}

/// The results as the agent says them, with a blank line between them.
pub(crate) fn tell(results: &[Line]) -> String {
    let mut told: Vec<String> = Vec::new();
    for result in results {
        let sentence = tell_one(result);
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    told.join("\n\n")
}

fn tell_one(result: &Line) -> String {
    let text = result.text.trim();
    match (result.success, text.is_empty()) {
        (true, false) => text.to_owned(),
        (true, true) => format!("{}: done.", title_of(&result.name)),
        (false, true) => format!("{}; no cause was given.", failed(&result.name)),
        (false, false) => {
            let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
            format!("{}: {text}{stop}", failed(&result.name))
        }
    }
}
