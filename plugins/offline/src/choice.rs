//! What a text asks to be done: the calls, in order of mention, or the question for what is missing.

use crate::{
    arguments::{self, Filled},
    heard::Heard,
    mood,
    schema::{Field, Kind},
    tools::{Clause, Scored, ToolIndex},
    words::{Token, tokens},
};
use galatea::model::{Line, ModelRequest, Speaker, Tool, ToolCall};
use serde_json::{Map, Value};
use std::ops::Range;

/// What a text asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choice {
    /// Tools with their arguments.
    pub(crate) calls: Vec<(String, Map<String, Value>)>,
    /// What has to be asked before other tools can be called.
    pub(crate) questions: Vec<String>,
}

/// A tool that the text asks for, with what is known of its arguments.
struct Wish<'a> {
    tool: &'a Tool,
    filled: Filled,
}

/// Chooses for the last line of a request; answers to the agent's own questions are taken together with them.
pub(crate) fn choose(request: &ModelRequest, agent: &str) -> Choice {
    let spoken: Vec<&Line> = request.lines.iter().filter(|line| line.speaker != Speaker::Tool).collect();
    let Some((last, before)) = spoken.split_last().filter(|(last, _)| last.speaker == Speaker::User) else {
        return Choice::default();
    };
    let index = ToolIndex::new(&request.tools);
    let mut now = wishes(&index, last, agent);
    if now.is_empty()
        && let Some(text) = crate::spelling::corrected(&last.text, &index.vocabulary())
    {
        let meant = Line { text, ..(*last).clone() };
        now = wishes(&index, &meant, agent);
    }
    if now.is_empty()
        && let Some(choice) = continued(&index, last, before, agent)
    {
        return choice;
    }
    choice_of(now)
}

/// The calls of a choice as a model makes them; ids are unique within the lines of the request.
pub(crate) fn calls(choice: Choice, request: &ModelRequest) -> Vec<ToolCall> {
    let earlier: usize = request.lines.iter().map(|line| line.calls.len()).sum();
    let number =
        |(at, (name, arguments))| ToolCall { id: format!("call-{}", earlier + at + 1), name, arguments };
    choice.calls.into_iter().enumerate().map(number).collect()
}

fn choice_of(wishes: Vec<Wish<'_>>) -> Choice {
    let mut choice = Choice::default();
    for Wish { tool, filled } in wishes {
        match filled.missing.first() {
            Some(field) => choice.questions.push(field.question()),
            None => {
                let call = (tool.name.clone(), filled.arguments);
                if !choice.calls.contains(&call) {
                    choice.calls.push(call);
                }
            }
        }
    }
    choice.questions.dedup();
    choice
}

/// The user answers what the agent asked: the wish of some lines ago, with the answers filled in.
fn continued(index: &ToolIndex<'_>, last: &Line, before: &[&Line], agent: &str) -> Option<Choice> {
    const TURNS_BACK: usize = 8;
    let words = tokens(&last.text);
    if words.first().is_some_and(|t| t.is(&["cancel", "nevermind", "stop", "forget", "nothing", "no"]))
        || mood::has_phrase(&words, "never mind")
    {
        return None;
    }
    let oldest = before.len().saturating_sub(TURNS_BACK);
    (oldest..before.len()).find_map(|start| {
        let asking =
            before.get(start).filter(|line| line.speaker == Speaker::User && line.name == last.name)?;
        let wish = wishes(index, asking, agent).into_iter().find(|wish| !wish.filled.missing.is_empty())?;
        let later = before.get(start + 1..)?.iter().copied().chain([last]);
        answered(wish, later, agent)
    })
}

fn answered<'l>(wish: Wish<'_>, lines: impl Iterator<Item = &'l Line>, agent: &str) -> Option<Choice> {
    let Wish { tool, mut filled } = wish;
    let mut asked: Option<Field> = None;
    for line in lines {
        if line.speaker == Speaker::Assistant {
            let field = filled.missing.first()?;
            if !line.text.contains(&field.question()) {
                return None;
            }
            asked = Some(field.clone());
        } else {
            let field = asked.take()?;
            if line.text.trim_end().ends_with('?') && line.text.split_whitespace().count() > 3 {
                return None;
            }
            let value = arguments::answered(&field, &line.text, &line.name, agent)?;
            filled.arguments.insert(field.name.clone(), value);
            filled.missing.remove(0);
        }
    }
    asked.is_none().then(|| choice_of(vec![Wish { tool, filled }]))
}

fn wishes<'a>(index: &ToolIndex<'a>, line: &Line, agent: &str) -> Vec<Wish<'a>> {
    let words = tokens(&line.text);
    let mut chosen: Vec<(Scored, Range<usize>)> = Vec::new();
    for fragment in fragments(&line.text, &words) {
        let clause = Clause {
            words: words.get(fragment.clone()).unwrap_or_default(),
            asked: asked(&line.text, &words, &fragment),
            agent,
        };
        match (best(index, &clause), chosen.last_mut()) {
            (Some(scored), Some((open, span)))
                if swallowed(index, open, &scored, &line.text, &words, span) =>
            {
                span.end = fragment.end;
            }
            (Some(scored), _) => chosen.push((scored, fragment)),
            (None, Some((open, _))) if another_place(index, open, &words, &fragment) => {
                let same = open.clone();
                chosen.push((same, fragment));
            }
            (None, Some((open, span))) if goes_on(index, open, &line.text, &words, span, &fragment) => {
                span.end = fragment.end
            }
            (None, _) => {}
        }
    }
    let alone = chosen.len() == 1;
    chosen
        .into_iter()
        .filter_map(|(scored, span)| {
            let entry = index.entry(scored.index)?;
            let filled = fill_wish(entry, &line.text, &words, span, alone, &line.name, agent);
            Some(Wish { tool: entry.tool, filled })
        })
        .collect()
}

/// `the weather in Oslo and Paris`: the same again for another place.
fn another_place(index: &ToolIndex<'_>, open: &Scored, words: &[Token], next: &Range<usize>) -> bool {
    let joined =
        next.start.checked_sub(1).and_then(|at| words.get(at)).is_some_and(|token| token.lower == "and");
    let named = words.get(next.clone()).is_some_and(|said| {
        said.len() <= 4
            && said.iter().any(|token| token.capital && token.is_content() && !crate::numbers::dates(token))
            && said.iter().all(|token| {
                (token.capital && token.is_content()) || token.is(&["in", "de", "la", "of", "also"])
            })
    });
    let fields = index
        .entry(open.index)
        .map(|entry| crate::schema::fields(&entry.tool.parameters))
        .unwrap_or_default();
    let places = fields.iter().filter(|field| field.required).count() == 1
        && fields.iter().any(|field| field.required && field.kind == Kind::Place);
    joined && named && places
}

fn fill_wish(
    entry: &crate::tools::Entry<'_>,
    text: &str,
    words: &[Token],
    span: Range<usize>,
    alone: bool,
    speaker: &str,
    agent: &str,
) -> Filled {
    let part = |range: &Range<usize>| {
        let from = words.get(range.start).map_or(0, |token| token.start);
        let to = words.get(range.end).map_or(text.len(), |token| token.start);
        let piece = text.get(from..to).unwrap_or_default().trim();
        let piece = piece.trim_end_matches(|c: char| c == ',' || c == ';' || c.is_whitespace());
        // A quotation mark in front of the first word belongs to it.
        let before = text.get(..from).unwrap_or_default();
        if before.ends_with(['"', '“']) {
            text.get(before.trim_end_matches(['"', '“']).len()..to).unwrap_or(piece)
        } else {
            piece
        }
    };
    let trimmed = |piece: &str| -> usize {
        ["and", "then", "but", "also"]
            .iter()
            .find_map(|joint| {
                let shorter = piece.strip_suffix(joint)?;
                shorter.ends_with(char::is_whitespace).then(|| shorter.trim_end().len())
            })
            .unwrap_or(piece.len())
    };
    let fill = |piece: &str| {
        let mut piece = piece;
        while trimmed(piece) < piece.len() {
            piece = piece.get(..trimmed(piece)).unwrap_or_default().trim_end_matches([',', ';', ' ']);
        }
        let mut heard = Heard::new(piece, speaker, agent, entry.own_words());
        arguments::fill(&entry.tool.parameters, &entry.tool.examples, &mut heard)
    };
    let filled = fill(part(&span));
    if filled.missing.is_empty() || !alone || span == (0..words.len()) {
        return filled;
    }
    // "In Paris, what is the weather?": the rest of the message may hold what the clause does not.
    let whole = fill(text);
    if whole.missing.len() < filled.missing.len() { whole } else { filled }
}

/// The best tool of a clause; a tool named earlier that takes a text goes before one named inside that text.
fn best(index: &ToolIndex<'_>, clause: &Clause<'_>) -> Option<Scored> {
    let candidates = index.candidates(clause);
    let top = candidates.first()?;
    let carrier = candidates.iter().filter(|scored| scored.first < top.first).find(|scored| {
        index.entry(scored.index).is_some_and(|entry| entry.free_text)
            && scored.first <= 3
            && top.first >= scored.first + 2
    });
    Some(carrier.unwrap_or(top).clone())
}

/// The clause belongs to the text that the tool before it carries: "tell Bob that it rains and …".
fn swallowed(
    index: &ToolIndex<'_>,
    open: &Scored,
    next: &Scored,
    text: &str,
    words: &[Token],
    span: &Range<usize>,
) -> bool {
    let carries = index.entry(open.index).is_some_and(|entry| entry.free_text);
    carries && next.first > 2 && opens_text(text, words, span)
}

fn goes_on(
    index: &ToolIndex<'_>,
    open: &Scored,
    text: &str,
    words: &[Token],
    span: &Range<usize>,
    next: &Range<usize>,
) -> bool {
    let carries = index.entry(open.index).is_some_and(|entry| entry.free_text);
    let stopped = between(text, words, next.start.max(1) - 1, span.end).contains(['.', '!', '?', '\n']);
    !stopped || (carries && opens_text(text, words, span))
}

fn opens_text(text: &str, words: &[Token], span: &Range<usize>) -> bool {
    let said = words.get(span.clone()).unwrap_or_default();
    let colon = between(text, words, span.end.saturating_sub(1), span.start).contains(':');
    colon || said.iter().any(|token| token.is(&["saying", "says", "that", "say"]))
}

/// The text from the word at `from` to the word at `to`, whichever comes first, and what follows it.
fn between<'t>(text: &'t str, words: &[Token], to: usize, from: usize) -> &'t str {
    let (low, high) = (from.min(to).saturating_sub(1), from.max(to) + 1);
    let start = words.get(low).map_or(0, |token| token.start);
    let end = words.get(high).map_or(text.len(), |token| token.start);
    text.get(start..end).unwrap_or_default()
}

fn asked(text: &str, words: &[Token], fragment: &Range<usize>) -> bool {
    let last = fragment.end.checked_sub(1).and_then(|index| words.get(index)).map_or(0, |token| token.end);
    text.get(last..).unwrap_or_default().trim_start_matches(['"', '”', ')']).starts_with('?')
}

/// The clauses of a text as ranges of words: cut at punctuation and at `and`, `then`, `but`, never inside quotations.
fn fragments(text: &str, words: &[Token]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, token) in words.iter().enumerate() {
        if token.quoted {
            continue;
        }
        let joint = token.is(&["and", "then", "but", "also", "plus"]);
        let before = at.checked_sub(1).and_then(|i| words.get(i)).map_or(0, |previous| previous.end);
        let stopped = at > 0
            && text.get(before..token.start).unwrap_or_default().contains(['.', '!', '?', ';', ',', '\n']);
        if joint || stopped {
            if at > start {
                found.push(start..at);
            }
            start = if joint { at + 1 } else { at };
        }
    }
    if start < words.len() {
        found.push(start..words.len());
    }
    found
}
