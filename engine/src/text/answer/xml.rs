//! Answers in tags: `<response><thought>…</thought><actions>…</actions><text>…</text></response>`.

use serde_json::{Map, Value};
use std::ops::Range;

use super::AnswerFormat;
use super::actions::{self, Arguments};
use super::draft::Draft;
use super::filter;
use super::json::Found;
use super::literal::end_of_quoted;
use super::tags::{Tag, scan, unescape};

/// Which part of an answer a tag holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Thought,
    Actions,
    Providers,
    Arguments,
    Text,
    /// Known, but nothing to an answer.
    Other,
}

/// What the tag of this name holds, if the name is known.
pub(super) fn field(name: &str) -> Option<Field> {
    Some(match name.to_ascii_lowercase().as_str() {
        "thought" | "thoughts" => Field::Thought,
        "actions" | "action" => Field::Actions,
        "providers" => Field::Providers,
        "params" | "parameters" | "arguments" => Field::Arguments,
        "text" => Field::Text,
        "evaluators" | "simple" | "reasoning" => Field::Other,
        _ => return None,
    })
}

/// The children of the `<response>` element, or else of the first element, as elizaOS reads them:
/// `actions`, `providers` and `evaluators` are lists, `simple` is true or false, all else is text.
///
/// Unclosed children are left out. None if there is no element or it has no children.
pub fn key_values(text: &str) -> Option<Map<String, Value>> {
    let text = filter::remove_around_fields(text);
    let tags = scan(&text);
    let closed = |tag: &&Tag<'_>| tag.closing().is_some();
    let root =
        tags.iter().filter(closed).find(|tag| tag.is("response")).or_else(|| tags.iter().find(closed))?;
    let last = root.closing()?;
    let mut at = tags.iter().position(|tag| tag.end == root.end)? + 1;
    let mut fields = Map::new();
    while let Some(tag) = tags.get(at).filter(|_| at < last) {
        at += 1;
        let Some((closing, end)) = tag
            .closing()
            .filter(|closing| *closing < last)
            .and_then(|closing| Some((closing, tags.get(closing)?)))
        else {
            continue;
        };
        let value = unescape(text[tag.end..end.start].trim());
        fields.insert(tag.name.to_owned(), typed(tag.name, value));
        at = closing + 1;
    }
    (!fields.is_empty()).then_some(fields)
}

fn typed(name: &str, value: String) -> Value {
    match name {
        "actions" | "providers" | "evaluators" if value.is_empty() => Value::Array(Vec::new()),
        "actions" | "providers" | "evaluators" => {
            value.split(',').map(|item| item.trim().to_owned()).collect()
        }
        "simple" => Value::Bool(value.eq_ignore_ascii_case("true")),
        _ => Value::String(value),
    }
}

/// Reads the answer in the text if it is one in tags, and not one that the text quotes.
pub(super) fn find(text: &str, is_quoted: impl Fn(usize) -> bool) -> Option<Found> {
    let tags = scan(text);
    let response = tags.iter().position(|tag| tag.is_open() && tag.is("response") && !is_quoted(tag.start));
    if let Some(at) = response {
        return read_response(text, &tags, at);
    }
    let quoted = quoted(text, &tags, &is_quoted);
    let is_known = |tag: &&Tag<'_>| {
        let is_quoted = quoted.iter().any(|quoted| quoted.contains(&tag.start));
        tag.is_open() && field(tag.name).is_some() && !is_quoted
    };
    let mut known = tags.iter().filter(is_known);
    let first = known.next()?;
    let another = known.any(|tag| !tag.is(first.name));
    // One tag amid prose is somebody writing about tags.
    let begins = opening(text).starts_with('<');
    if !begins && !another {
        return None;
    }
    let reader = Reader { text, tags: &tags };
    let mut draft = reader.read(0, tags.len(), text.len(), false);
    if draft.text.is_none() && draft.calls.is_empty() {
        // A thought in tags, and the answer without any.
        draft.text = Some(outside(text, &tags)).filter(|text| !text.is_empty());
    }
    let found = Found { start: first.start, end: text.len(), draft, format: AnswerFormat::Xml };
    (!found.draft.is_empty()).then_some(found)
}

/// Whether a quotation mark stands right in front: in an attribute, or in prose.
fn is_in_quotes(text: &str, at: usize) -> bool {
    text[..at].ends_with(['"', '\'', '“', '«'])
}

/// Where the elements stand that the text quotes, each with all that is in it.
fn quoted(text: &str, tags: &[Tag<'_>], is_quoted: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
    let is_known = |tag: &&Tag<'_>| tag.is_open() && (tag.is("response") || field(tag.name).is_some());
    let quoted = tags.iter().filter(is_known).filter(|tag| is_quoted(tag.start));
    let end = |tag: &Tag<'_>| end_of_quoted(&text[tag.end..], &format!("</{}>", tag.name));
    quoted.map(|tag| tag.start..tag.end + end(tag).unwrap_or(text.len() - tag.end)).collect()
}

/// What stands outside of the elements with known names.
fn outside(text: &str, tags: &[Tag<'_>]) -> String {
    let (mut plain, mut behind) = (String::new(), 0);
    for tag in tags.iter().filter(|tag| tag.is_open() && field(tag.name).is_some()) {
        if tag.start < behind {
            continue;
        }
        plain.push_str(&text[behind..tag.start]);
        behind =
            tag.closing().and_then(|closing| tags.get(closing)).map_or(text.len(), |closing| closing.end);
    }
    plain.push_str(&text[behind..]);
    plain.trim().to_owned()
}

fn read_response(text: &str, tags: &[Tag<'_>], at: usize) -> Option<Found> {
    let (start, content) = tags.get(at).map_or((0, 0), |tag| (tag.start, tag.end));
    let last = tags.get(at).and_then(Tag::closing);
    let end = last.and_then(|last| tags.get(last)).map_or(text.len(), |tag| tag.start);
    let reader = Reader { text, tags };
    let upto = last.unwrap_or(tags.len());
    let mut draft = reader.read(at + 1, upto, end, true);
    if draft.is_empty() {
        draft = reader.read(at + 1, upto, end, false);
    }
    if draft.is_empty() && last.is_none() && start > 0 {
        // Prose that mentions the tag.
        return None;
    }
    if draft.is_empty() {
        let inside = without_tags(&text[content..end], tags, content);
        let around = || text[..start].trim().to_owned();
        draft.text = Some(inside).filter(|text| !text.is_empty()).or_else(|| Some(around()));
    }
    draft.cut |= last.is_none();
    let end = last.and_then(|last| tags.get(last)).map_or(text.len(), |tag| tag.end);
    Some(Found { start, end, draft, format: AnswerFormat::Xml })
}

/// The text behind an opening fence, if it begins with one.
fn opening(text: &str) -> &str {
    match text.strip_prefix("```") {
        Some(fenced) => fenced.split_once('\n').map_or(fenced, |(_, body)| body).trim_start(),
        None => text,
    }
}

fn without_tags(content: &str, tags: &[Tag<'_>], offset: usize) -> String {
    let mut plain = String::new();
    let mut at = 0;
    for tag in tags {
        let Some(start) = tag.start.checked_sub(offset).filter(|start| *start < content.len()) else {
            continue;
        };
        plain.push_str(content.get(at..start).unwrap_or_default());
        at = tag.end - offset;
    }
    plain.push_str(content.get(at..).unwrap_or_default());
    content_text(&plain)
}

/// Text between tags as meant: CDATA unwrapped, entities replaced.
pub(super) fn content_text(content: &str) -> String {
    let mut plain = String::new();
    let mut rest = content.trim();
    while let Some((before, raw)) = rest.split_once("<![CDATA[") {
        plain.push_str(&unescape(before));
        let (inner, behind) = raw.split_once("]]>").unwrap_or((raw, ""));
        plain.push_str(inner);
        rest = behind;
    }
    plain.push_str(&unescape(rest));
    plain.trim().to_owned()
}

struct Reader<'a> {
    text: &'a str,
    tags: &'a [Tag<'a>],
}

impl<'a> Reader<'a> {
    /// Reads the fields among tags `from..upto`; the region ends at byte `end`.
    /// With `shallow`, elements of unknown name are skipped, else entered.
    fn read(&self, from: usize, upto: usize, end: usize, shallow: bool) -> Draft {
        let mut draft = Draft::default();
        let mut at = from;
        while let Some(tag) = self.tags.get(at).filter(|_| at < upto) {
            at += 1;
            if !shallow && is_in_quotes(self.text, tag.start) {
                continue;
            }
            let closing = tag.closing().filter(|closing| *closing < upto);
            let Some(field) = field(tag.name).filter(|_| tag.is_open()) else {
                if shallow && let Some(closing) = closing {
                    at = closing + 1;
                }
                continue;
            };
            let (content, cut) = match closing.and_then(|closing| self.tags.get(closing)) {
                Some(closing) => (&self.text[tag.end..closing.start], false),
                None => self.unclosed(at, upto, tag.end, end),
            };
            if let Some(closing) = closing {
                at = closing + 1;
            }
            self.take(&mut draft, tag, field, content, cut);
            draft.cut |= cut;
            draft.broken |= cut;
        }
        draft
    }

    /// The content of an element that is not closed: up to the next known tag, else to the end.
    /// Also says whether that is where the answer was cut.
    fn unclosed(&self, from: usize, upto: usize, start: usize, end: usize) -> (&'a str, bool) {
        let tags = self.tags.get(from..upto).unwrap_or_default();
        let next = tags.iter().find(|tag| tag.is("response") || field(tag.name).is_some());
        let stop = next.map_or(end, |tag| tag.start);
        let mut content = self.text[start..stop].trim_end();
        if next.is_some() || stop < self.text.len() {
            return (content, false);
        }
        // The last tag may have been cut too: `Hello</te`.
        if let Some(at) = content.rfind('<')
            && is_partial_tag(&content[at..])
        {
            content = &content[..at];
        }
        (content.trim_end().trim_end_matches("```"), true)
    }

    fn take(&self, draft: &mut Draft, tag: &Tag<'_>, field: Field, content: &str, cut: bool) {
        match field {
            Field::Thought => draft.thought = Some(content_text(content)),
            Field::Text => draft.text = Some(content_text(content)),
            Field::Providers => draft.providers = actions::names(&content_text(content)),
            Field::Actions => match tag.attribute("name") {
                Some(name) => draft.calls.push(actions::call(&name, content, cut)),
                None => draft.calls.extend(actions::calls(content)),
            },
            // Arguments cut in the middle may say something else than meant.
            Field::Arguments if !cut => draft.loose.push((draft.calls.len(), Arguments::read(content))),
            Field::Arguments | Field::Other => {}
        }
    }
}

/// Whether this may be the beginning of a tag: `<`, `</`, `</te`.
pub(super) fn is_partial_tag(tail: &str) -> bool {
    let name = tail.trim_start_matches('<').trim_start_matches('/');
    tail.starts_with('<') && name.chars().all(|c| c.is_ascii_alphabetic())
}
