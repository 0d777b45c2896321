//! Makes a question fit: what is oldest is left out first, and a call never without its result.

use super::Trimmed;
use crate::{
    model::{Line, ModelRequest, Speaker},
    text::tokens::estimate,
};

/// What a line takes besides its text, in tokens.
const LINE: u64 = 4;
/// What is left begins with a message of a kind that comes now and then, even if more goes than must: then the beginning
/// stays the same for some turns, and a provider that keeps the beginning of a prompt need not read it anew each time.
/// This part of the budget may go for it, and one message of so many is of that kind.
const SLACK: u64 = 4;
const ANCHORS: u32 = 3;

/// Leaves out of a question what is more than the budget of tokens; what was left out. The last `of_turn` lines are those
/// of this turn, behind its message.
///
/// Messages of the conversation go first, oldest first; then what this turn's actions gave, in the order of its passes,
/// but for the last one; then the end of what the providers told. The message itself stays, and so do the system's part
/// and the actions.
pub(super) fn trim(request: &mut ModelRequest, budget: u64, of_turn: usize) -> Option<Trimmed> {
    let before = tokens(request);
    if before <= budget {
        return None;
    }
    let mut trimmed = Trimmed { budget, before, after: before, ..Trimmed::default() };
    let history = request.lines.len().saturating_sub(of_turn + 1);
    trimmed.messages = oldest(&request.lines[..history], before - budget, budget / SLACK);
    trimmed.after -= request.lines.drain(..trimmed.messages).map(|line| of_line(&line)).sum::<u64>();
    if trimmed.after > budget {
        leave_out_passes(request, of_turn, &mut trimmed);
    }
    if trimmed.after > budget {
        shorten_context(request, &mut trimmed);
    }
    Some(trimmed)
}

/// About how many tokens a question has.
fn tokens(request: &ModelRequest) -> u64 {
    let tools = request.tools.iter().map(|tool| {
        LINE + estimate(&tool.name) + estimate(&tool.description) + estimate(&tool.parameters.to_string())
    });
    estimate(&request.system)
        + estimate(&request.context)
        + tools.sum::<u64>()
        + request.lines.iter().map(of_line).sum::<u64>()
}

fn of_line(line: &Line) -> u64 {
    let calls = line.calls.iter();
    let calls = calls.map(|call| {
        let arguments = serde_json::to_string(&call.arguments).unwrap_or_default();
        LINE + estimate(&call.name) + estimate(&arguments)
    });
    LINE + estimate(&line.text) + calls.sum::<u64>()
}

/// How many of the oldest messages hold so many tokens, or a few more. What is left begins with somebody else's message,
/// as providers want it.
fn oldest(lines: &[Line], surplus: u64, slack: u64) -> usize {
    let mut held = 0;
    let mut least = None;
    for (count, line) in lines.iter().enumerate() {
        if held >= surplus && line.speaker == Speaker::User {
            least.get_or_insert(count);
            if held - surplus > slack {
                break;
            }
            if is_anchor(line) {
                return count;
            }
        }
        held += of_line(line);
    }
    least.unwrap_or(lines.len())
}

/// Whether a message is one to begin with: the same in every turn, for one of a few.
fn is_anchor(line: &Line) -> bool {
    let hash = line
        .text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash >> 16) % ANCHORS == 0
}

/// Leaves out what earlier passes of this turn called and got, pass by pass, but for the last one.
fn leave_out_passes(request: &mut ModelRequest, of_turn: usize, trimmed: &mut Trimmed) {
    let first = request.lines.len().saturating_sub(of_turn);
    while trimmed.after > trimmed.budget {
        let begins = |line: &Line| line.speaker == Speaker::Assistant;
        let behind = request.lines.iter().skip(first + 1).position(begins).map(|at| first + 1 + at);
        let Some(behind) = behind else {
            return;
        };
        trimmed.steps += behind - first;
        trimmed.after -= request.lines.drain(first..behind).map(|line| of_line(&line)).sum::<u64>();
    }
}

/// Cuts the end of what the providers told, at the end of a line.
fn shorten_context(request: &mut ModelRequest, trimmed: &mut Trimmed) {
    let told = std::mem::take(&mut request.context);
    let room = estimate(&told).saturating_sub(trimmed.after - trimmed.budget);
    let mut held = 0;
    for line in told.split_inclusive('\n') {
        held += estimate(line);
        if held > room {
            break;
        }
        request.context.push_str(line);
    }
    trimmed.context = told.chars().count() - request.context.chars().count();
    trimmed.after = trimmed.after - estimate(&told) + estimate(&request.context);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Purpose, ToolCall};
    use serde_json::Map;

    fn said(speaker: Speaker, text: &str) -> Line {
        Line::new(speaker, "x", text)
    }

    fn call(id: &str) -> Line {
        let call = ToolCall { id: id.to_owned(), name: "LOOK".to_owned(), arguments: Map::new() };
        Line { calls: vec![call], ..said(Speaker::Assistant, "") }
    }

    fn result(id: &str, text: &str) -> Line {
        Line { call_id: Some(id.to_owned()), ..said(Speaker::Tool, text) }
    }

    fn request(history: usize, passes: usize) -> ModelRequest {
        let words = "so many words that it counts ".repeat(4);
        let mut request = ModelRequest::new(Purpose::Decide, "");
        request.lines.clear();
        for _ in 0..history {
            request.lines.push(said(Speaker::User, &words));
            request.lines.push(said(Speaker::Assistant, &words));
        }
        request.lines.push(said(Speaker::User, "the message"));
        for pass in 0..passes {
            let (one, other) = (format!("{pass}a"), format!("{pass}b"));
            request.lines.extend([call(&one), result(&one, &words), result(&other, &words)]);
        }
        request.context = format!("{words}\n").repeat(8);
        "Who you are.".clone_into(&mut request.system);
        request
    }

    /// Whatever the budget: it is kept or nothing more can go, the message stays, no result is without its call.
    #[test]
    fn every_budget() {
        for (history, passes) in [(0, 0), (6, 0), (0, 4), (6, 4)] {
            for budget in (10..1200).step_by(30) {
                let mut request = request(history, passes);
                let all = request.clone();
                let trimmed = trim(&mut request, budget, passes * 3);
                assert_eq!(trimmed.is_none(), tokens(&all) <= budget);
                let after = trimmed.as_ref().map_or(tokens(&all), |trimmed| trimmed.after);
                assert_eq!(after, tokens(&request), "{budget}: {trimmed:?}");
                let message = request.lines.iter().position(|line| line.text == "the message").unwrap();
                let least = request.context.is_empty() && message == 0 && request.lines.len() <= 4;
                assert!(after <= budget || least, "{budget}: {after}, {trimmed:?}");
                assert!(message == 0 || request.lines[0].speaker == Speaker::User);
                let behind = &request.lines[message + 1..];
                assert!(behind.is_empty() || behind[0].speaker == Speaker::Assistant);
                assert_eq!(behind.len() % 3, 0, "a pass goes as a whole");
                if let Some(trimmed) = trimmed {
                    let left_out = all.lines.len() - request.lines.len();
                    assert_eq!(trimmed.messages + trimmed.steps, left_out);
                    assert_eq!(trimmed.before, tokens(&all));
                }
            }
        }
    }
}
