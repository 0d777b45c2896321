//! A conversation in the order and form that every server takes.

use galatea::{
    model::{Line, ModelRequest, Speaker, ToolCall},
    service::kind::Media,
};
use std::collections::BTreeSet;

/// One step of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said<'r> {
    /// Somebody else than the agent speaks.
    User { text: String, media: Vec<&'r Media> },
    /// The agent speaks and acts.
    Agent { text: String, calls: Vec<&'r ToolCall> },
    /// What came of the acts.
    Results(Vec<Outcome<'r>>),
}

/// What came of one act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome<'r> {
    pub(crate) call: &'r str,
    pub(crate) name: &'r str,
    pub(crate) text: &'r str,
    pub(crate) success: bool,
}

/// The conversation of a request. Who speaks is named where several do; results belong to calls that are there, every call
/// has a result, and what is empty is left out: servers refuse the rest.
pub(crate) fn conversation(request: &ModelRequest) -> Vec<Said<'_>> {
    let lines = &request.lines;
    let answered: BTreeSet<&str> = lines.iter().filter_map(|line| line.call_id.as_deref()).collect();
    let names: BTreeSet<&str> =
        lines.iter().filter(|line| line.speaker == Speaker::User).map(|line| line.name.as_str()).collect();
    let mut said: Vec<Said<'_>> = Vec::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for line in lines {
        match line.speaker {
            Speaker::User => push_user(&mut said, told(line, names.len() > 1), line.media.iter()),
            Speaker::Assistant => {
                let calls = line.calls.iter().filter(|call| answered.contains(call.id.as_str()));
                let calls: Vec<&ToolCall> = calls.collect();
                open.extend(calls.iter().map(|call| call.id.as_str()));
                push_agent(&mut said, &line.text, calls);
            }
            Speaker::Tool => match line.call_id.as_deref().filter(|id| open.remove(id)) {
                Some(call) => push_result(&mut said, call, line),
                None => push_user(&mut said, format!("[{}: {}]", line.name, line.text), [].iter()),
            },
        }
    }
    said
}

fn told(line: &Line, is_crowd: bool) -> String {
    if is_crowd && !line.name.is_empty() {
        format!("{}: {}", line.name, line.text)
    } else {
        line.text.clone()
    }
}

fn push_user<'r>(said: &mut Vec<Said<'r>>, text: String, media: impl Iterator<Item = &'r Media>) {
    let more: Vec<&Media> = media.collect();
    if text.trim().is_empty() && more.is_empty() {
        return;
    }
    match said.last_mut() {
        Some(Said::User { text: before, media }) => {
            join(before, &text);
            media.extend(more);
        }
        _ => said.push(Said::User { text, media: more }),
    }
}

fn push_agent<'r>(said: &mut Vec<Said<'r>>, text: &str, more: Vec<&'r ToolCall>) {
    if text.trim().is_empty() && more.is_empty() {
        return;
    }
    match said.last_mut() {
        Some(Said::Agent { text: before, calls }) if calls.is_empty() => {
            join(before, text);
            *calls = more;
        }
        _ => said.push(Said::Agent { text: text.to_owned(), calls: more }),
    }
}

fn push_result<'r>(said: &mut Vec<Said<'r>>, call: &'r str, line: &'r Line) {
    let outcome = Outcome { call, name: &line.name, text: &line.text, success: line.success };
    match said.last_mut() {
        Some(Said::Results(outcomes)) => outcomes.push(outcome),
        _ => said.push(Said::Results(vec![outcome])),
    }
}

fn join(before: &mut String, text: &str) {
    if !before.is_empty() && !text.is_empty() {
        before.push('\n');
    }
    before.push_str(text);
}

/// The place of the line that is answered: the last one of somebody else.
pub(crate) fn question(said: &[Said<'_>]) -> Option<usize> {
    said.iter().rposition(|one| matches!(one, Said::User { .. }))
}

/// What stands for a thing that the server cannot be shown.
pub(crate) fn unseen(media: &Media) -> String {
    let name = media.name.as_deref().map(|name| format!(" `{name}`")).unwrap_or_default();
    format!("[an attachment{name} of type {}, which you cannot open]", media.media_type)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use galatea::model::Purpose;
    use serde_json::Map;

    fn call(id: &str) -> ToolCall {
        ToolCall { id: id.to_owned(), name: "LOOK".to_owned(), arguments: Map::new() }
    }

    fn result(id: Option<&str>) -> Line {
        Line { call_id: id.map(str::to_owned), ..Line::new(Speaker::Tool, "LOOK", "fog") }
    }

    #[test]
    fn calls_and_results_come_in_pairs() {
        let mut request = ModelRequest::new(Purpose::Decide, "What do you see?");
        let acts =
            Line { calls: vec![call("a"), call("b"), call("c")], ..Line::new(Speaker::Assistant, "Ada", "") };
        request.lines.extend([acts, result(Some("b")), result(Some("a")), result(Some("z")), result(None)]);
        let said = conversation(&request);
        assert!(matches!(&said[1], Said::Agent { calls, .. } if calls.len() == 2), "{said:?}");
        assert!(matches!(&said[2], Said::Results(results) if results.len() == 2), "{said:?}");
        assert_eq!(said[3], Said::User { text: "[LOOK: fog]\n[LOOK: fog]".to_owned(), media: Vec::new() });
    }

    #[test]
    fn names_stand_where_there_are_several() {
        let mut request = ModelRequest::new(Purpose::Decide, "Hello!");
        request.lines.push(Line::new(Speaker::User, "Sam", "Hi."));
        let said = conversation(&request);
        assert_eq!(said, [Said::User { text: "user: Hello!\nSam: Hi.".to_owned(), media: Vec::new() }]);
    }
}
