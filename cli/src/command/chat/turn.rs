//! Shows a turn while it runs.

use crate::output::{self, BAD, DIM, GOOD, STRONG, styled};
use galatea::{
    action::ActionResult,
    citation::{CITATIONS, Citation},
    memory::Content,
    turn::{RunRecord, RunStatus, TurnEvent},
};
use serde_json::{Map, Value};
use std::io::IsTerminal;

/// The longest argument that is shown, in characters.
const LONGEST: usize = 60;

/// What is shown of a turn so far.
pub(super) struct Shown<'a> {
    name: &'a str,
    json: bool,
    /// Answers appear as they are made; elsewhere than at a terminal they come whole.
    streams: bool,
    streamed: String,
    has_replied: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn new(name: &'a str, json: bool) -> Self {
        let streams = !json && std::io::stdout().is_terminal();
        Self { name, json, streams, streamed: String::new(), has_replied: false }
    }

    /// Shows the next thing that happens.
    pub(super) fn event(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Text(piece) if self.streams => {
                if self.streamed.is_empty() {
                    output::text(&self.speaker());
                }
                output::text(piece);
                self.streamed.push_str(piece);
            }
            TurnEvent::Retracted => self.break_off("taken back"),
            TurnEvent::Reply(reply) => {
                self.reply(&reply.content.text);
                self.sources(&reply.content);
            }
            TurnEvent::ActionStarted { action, arguments } => {
                self.break_off("");
                output::aside(format!("→ {action} {}", in_words(arguments)).trim_end());
            }
            TurnEvent::ActionCompleted { result, micros, .. } => output::notice(&outcome(result, *micros)),
            TurnEvent::Text(_) | TurnEvent::Started { .. } | TurnEvent::Ended(_) => {}
        }
    }

    fn speaker(&self) -> String {
        format!("{} ", styled(STRONG, &format!("{}:", self.name)))
    }

    /// The whole reply: only the rest of it where it was streamed, all of it where something else was.
    fn reply(&mut self, text: &str) {
        self.has_replied = true;
        if self.json {
            return;
        }
        let streamed = std::mem::take(&mut self.streamed);
        match text.trim_end().strip_prefix(streamed.trim_end()) {
            Some(rest) if !streamed.is_empty() => output::line(rest),
            _ => {
                if !streamed.is_empty() {
                    output::line("");
                }
                output::line(&format!("{}{}", self.speaker(), text.trim_end()));
            }
        }
    }

    /// Where what the reply says comes from.
    fn sources(&self, content: &Content) {
        let cited = content.extra.get(CITATIONS).cloned();
        let cited: Vec<Citation> = cited.and_then(|all| serde_json::from_value(all).ok()).unwrap_or_default();
        for source in cited.iter().filter(|_| !self.json) {
            output::aside(&format!("[{}] {}", source.label, source.place()));
        }
    }

    /// Ends a line that was begun.
    fn break_off(&mut self, why: &str) {
        if !std::mem::take(&mut self.streamed).is_empty() {
            output::line("");
            if !why.is_empty() {
                output::aside(&format!("({why})"));
            }
        }
    }

    /// Says what replies do not: that there is none, or that something failed.
    pub(super) fn ended(&mut self, record: &RunRecord) {
        self.break_off("");
        let error = record.error.as_deref().unwrap_or_default();
        match record.status {
            RunStatus::Completed if !self.has_replied => {
                output::aside(&format!("(no reply: {})", record.reason))
            }
            RunStatus::Completed | RunStatus::Waiting if error.is_empty() => {}
            status => {
                let line = format!("{} {} {error}", styled(BAD, "✗"), status.name());
                output::notice(line.trim_end());
            }
        }
    }
}

/// How an action ended, in one line.
pub(super) fn outcome(result: &ActionResult, micros: u64) -> String {
    if result.success {
        format!("{} {}", styled(GOOD, "✓"), styled(DIM, &duration(micros)))
    } else {
        format!("{} {} {}", styled(BAD, "✗"), result.summary(), styled(DIM, &duration(micros)))
    }
}

/// Arguments as `place="London" days=3`.
pub(super) fn in_words(arguments: &Map<String, Value>) -> String {
    let words = arguments
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| format!("{name}={}", short(value)));
    words.collect::<Vec<_>>().join(" ")
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST {
        text
    } else {
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

/// A time in the unit that suits it.
pub(super) fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_have_the_unit_that_suits_them() {
        for (micros, text) in
            [(0, "0 µs"), (999, "999 µs"), (1_250, "1.2 ms"), (12_900, "12 ms"), (2_340_000, "2.3 s")]
        {
            assert_eq!(duration(micros), text);
        }
    }

    #[test]
    fn arguments_are_short() {
        let arguments = json!({ "place": "London", "days": 3, "unit": null, "text": "x".repeat(200) });
        let words = in_words(arguments.as_object().unwrap_or(&Map::new()));
        assert!(words.starts_with("place=\"London\" days=3 text=\"xxx") && words.ends_with('…'), "{words}");
    }
}
