//! Whether the agent should answer a line: RESPOND, IGNORE or STOP.

use crate::{mood::wants_quiet, words::tokens};
use galatea::model::{Line, ModelRequest, Speaker};

/// The word that answers [`Purpose::ShouldRespond`](galatea::model::Purpose::ShouldRespond).
pub(crate) fn decide(request: &ModelRequest, agent: &str) -> &'static str {
    let Some((last, before)) = request.lines.split_last() else {
        return "IGNORE";
    };
    if last.speaker != Speaker::User {
        return "IGNORE";
    }
    let words = tokens(&last.text);
    let named = !agent.is_empty() && names(&last.text, agent);
    let others_named = addressed_other(&last.text, before, agent);
    let partner = before.last().is_some_and(|line| line.speaker != Speaker::User);
    if wants_quiet(&words) && (named || partner || !others_named) {
        return "STOP";
    }
    if named {
        return "RESPOND";
    }
    if partner && !others_named && (last.text.trim_end().ends_with('?') || in_dialogue(before, &last.name)) {
        return "RESPOND";
    }
    "IGNORE"
}

/// The text has the agent's name as a word of its own.
fn names(text: &str, agent: &str) -> bool {
    let stems = |text: &str| -> Vec<String> {
        tokens(text).into_iter().map(|token| token.lower.trim_end_matches("'s").to_owned()).collect()
    };
    let name = stems(agent);
    !name.is_empty() && stems(text).windows(name.len()).any(|part| part == name)
}

/// The line starts by calling somebody else: `Bob, what do you think?`
fn addressed_other(text: &str, before: &[Line], agent: &str) -> bool {
    let first = text.trim_start().trim_start_matches('@').split([',', ' ', ':']).next().unwrap_or_default();
    !first.eq_ignore_ascii_case(agent)
        && (text.trim_start().starts_with('@')
            || before
                .iter()
                .any(|line| line.speaker == Speaker::User && line.name.eq_ignore_ascii_case(first)))
}

/// The agent's last line answered this speaker.
fn in_dialogue(before: &[Line], speaker: &str) -> bool {
    before.iter().rev().find(|line| line.speaker == Speaker::User).is_none_or(|line| line.name == speaker)
}
