//! Makes a question fit: what is oldest is left out first, and a call never without its result.

use super::{Trimmed, TurnContext};
use crate::{
    agent::Agent,
    budget::{estimated_prompt, estimated_tokens},
    model::{Line, ModelKind, ModelRequest, Purpose, Speaker, TextSink},
};
use std::sync::Arc;

/// What is left begins with a message of a kind that comes now and then, even if more goes than must: then the beginning
/// stays the same for some turns, and a provider that keeps the beginning of a prompt need not read it anew each time.
/// This part of the budget may go for it, and one message of so many is of that kind.
const SLACK: u64 = 4;
const ANCHORS: u32 = 3;

/// Makes a question fit the character's `context-tokens`, if it has any; what was left out stands in the turn's record.
pub(super) async fn fit(agent: &Agent, turn: &Arc<TurnContext>, request: &mut ModelRequest, of_turn: usize) {
    let Some(wanted) = agent.character().models.context_tokens.map(u64::from) else {
        return;
    };
    let guessed = estimated_prompt(request);
    if guessed <= wanted {
        return;
    }
    // Only where something may have to go it is worth to count.
    let budget = match counted(agent, turn, request).await {
        Some((text, guess)) if text > 0 => {
            u64::try_from(u128::from(wanted) * u128::from(guess) / u128::from(text))
        }
        _ => Ok(wanted),
    };
    if let Some(trimmed) = trim(request, budget.unwrap_or(u64::MAX), of_turn) {
        turn.note(|record| record.trimmed.push(Trimmed { wanted, ..trimmed }));
    }
}

/// The tokens of a question's texts as a tokenizer counts them, and as they are guessed. None if there is none.
async fn counted(agent: &Agent, turn: &Arc<TurnContext>, request: &ModelRequest) -> Option<(u64, u64)> {
    let kind = ModelKind::TokenizerEncode;
    turn.parts.models.iter().find(|model| model.def.kinds.contains(&kind))?;
    let texts = [request.system.as_str(), &request.context].into_iter().chain(request.texts());
    let text = texts.collect::<Vec<_>>().join("\n");
    let guess = estimated_tokens(&text);
    let asked = ModelRequest::new(Purpose::Other("count-tokens".to_owned()), text);
    match agent.generate(kind, asked, Some(turn), TextSink::default()).await {
        Ok(answer) => Some((answer.tokens.len() as u64, guess)),
        Err(error) => {
            tracing::warn!(run = %turn.run, "the tokens are guessed: {error}");
            None
        }
    }
}

/// Leaves out of a question what is more than the budget of tokens; what was left out. The last `of_turn` lines are those
/// of this turn, behind its message.
///
/// Messages of the conversation go first, oldest first; then what this turn's actions gave, in the order of its passes,
/// but for the last one; then the end of what the providers told. The message itself stays, and so do the system's part
/// and the actions.
fn trim(request: &mut ModelRequest, budget: u64, of_turn: usize) -> Option<Trimmed> {
    let before = estimated_prompt(request);
    if before <= budget {
        return None;
    }
    let mut trimmed = Trimmed { wanted: budget, budget, before, after: before, ..Trimmed::default() };
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

/// How many tokens a line has among those of its question.
fn of_line(line: &Line) -> u64 {
    let none = ModelRequest { lines: Vec::new(), ..ModelRequest::new(Purpose::Decide, "") };
    let one = ModelRequest { lines: vec![line.clone()], ..none.clone() };
    estimated_prompt(&one) - estimated_prompt(&none)
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
    let room = estimated_tokens(&told).saturating_sub(trimmed.after - trimmed.budget);
    let mut held = 0;
    for line in told.split_inclusive('\n') {
        held += estimated_tokens(line);
        if held > room {
            break;
        }
        request.context.push_str(line);
    }
    trimmed.context = told.chars().count() - request.context.chars().count();
    trimmed.after = trimmed.after - estimated_tokens(&told) + estimated_tokens(&request.context);
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use crate::model::ToolCall;
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
                assert_eq!(trimmed.is_none(), estimated_prompt(&all) <= budget);
                let after = trimmed.as_ref().map_or(estimated_prompt(&all), |trimmed| trimmed.after);
                assert_eq!(after, estimated_prompt(&request), "{budget}: {trimmed:?}");
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
                    assert_eq!(trimmed.before, estimated_prompt(&all));
                }
            }
        }
    }
}
