//! The same request in fewer words.

use crate::{
    budget::estimated_prompt,
    model::{Line, ModelRequest, Speaker},
    turn::ASKED_AGAIN,
};

/// Without the older half of the conversation, or as much of it as the model takes; what the last line answers stays, and
/// so do calls with their results. `None` if there is nothing to leave out.
pub(super) fn shorter(request: &ModelRequest, limit: Option<u64>) -> Option<ModelRequest> {
    let asks = |line: &Line| line.speaker == Speaker::User && !line.text.starts_with(ASKED_AGAIN);
    let last = request.lines.iter().rposition(asks)?;
    let mut shorter = request.clone();
    let mut left_out = 0;
    let half = last.div_ceil(2);
    let fits = |request: &ModelRequest| limit.is_none_or(|limit| estimated_prompt(request) <= limit);
    while left_out < last && (left_out < half || !fits(&shorter)) {
        shorter.lines.remove(0);
        left_out += 1;
        // Results whose calls are gone mean nothing.
        while left_out < last && shorter.lines.first().is_some_and(|line| line.speaker == Speaker::Tool) {
            shorter.lines.remove(0);
            left_out += 1;
        }
    }
    (left_out > 0).then_some(shorter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Purpose;

    #[test]
    fn the_older_half_goes_and_the_question_stays() {
        let line = |speaker, text: &str| Line::new(speaker, "x", text);
        let all = [
            line(Speaker::User, "1"),
            line(Speaker::Assistant, "2"),
            line(Speaker::Tool, "3"),
            line(Speaker::Assistant, "4"),
            line(Speaker::User, "5"),
            line(Speaker::Assistant, "6"),
            line(Speaker::Tool, "7"),
        ];
        let request = ModelRequest { lines: all.to_vec(), ..ModelRequest::new(Purpose::Decide, "") };
        let left = |limit| {
            let shorter = shorter(&request, limit)?;
            Some(shorter.lines.iter().map(|line| line.text.clone()).collect::<String>())
        };
        assert_eq!(left(None).as_deref(), Some("4567"));
        assert_eq!(left(Some(1)).as_deref(), Some("567"));
        assert_eq!(shorter(&ModelRequest::new(Purpose::Decide, "only this"), None), None);
    }
}
