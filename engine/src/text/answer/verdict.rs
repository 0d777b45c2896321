//! Whether the model wants the agent to respond.

use super::json::read_json_object;
use super::{filter, tags};
use crate::text::name::normalise;

/// A model's answer to "should the agent respond to this message?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Respond.
    Respond,
    /// Stay silent this time; also what `NONE` means.
    Ignore,
    /// Stay silent until spoken to again.
    Stop,
    /// The answer does not say.
    Unclear,
}

/// Reads a verdict from `<action>RESPOND</action>`, from JSON (`action`, `decision`,
/// `should_respond`), from a bare word, or from prose with exactly one of the words in capitals.
/// `RESPOND | IGNORE | STOP`, repeated from the prompt, is unclear.
pub fn read_should_respond(answer: &str) -> Verdict {
    let clean = filter::remove(answer);
    let clean = clean.trim();
    in_tags(clean)
        .or_else(|| in_json(clean))
        .or_else(|| word(clean))
        .or_else(|| word(clean.lines().next().unwrap_or_default()))
        .or_else(|| in_prose(clean))
        .unwrap_or(Verdict::Unclear)
}

fn in_tags(text: &str) -> Option<Verdict> {
    let tags = tags::scan(text);
    // The last one counts, as for every repeated tag.
    let tag = tags.iter().rfind(|tag| tag.is_open() && tag.is("action"))?;
    let end = match tag.closing().and_then(|closing| tags.get(closing)) {
        Some(closing) => closing.start,
        None => text[tag.end..].find('<').map_or(text.len(), |at| tag.end + at),
    };
    word(&text[tag.end..end])
}

fn in_json(text: &str) -> Option<Verdict> {
    let fields = read_json_object(text)?;
    fields.iter().find_map(|(key, value)| {
        let said = match normalise(key).as_str() {
            "action" | "verdict" | "decision" | "response" | "answer" => value.as_str(),
            "shouldrespond" | "respond" => {
                if let Some(respond) = value.as_bool() {
                    return Some(if respond { Verdict::Respond } else { Verdict::Ignore });
                }
                value.as_str()
            }
            _ => None,
        };
        said.and_then(word)
    })
}

/// The verdict if the text is nothing but the word.
fn word(text: &str) -> Option<Verdict> {
    let word = text.trim_matches(|c: char| !c.is_alphanumeric());
    Some(match word.to_ascii_uppercase().as_str() {
        "RESPOND" | "REPLY" | "YES" | "TRUE" => Verdict::Respond,
        "IGNORE" | "NONE" | "NO" | "FALSE" => Verdict::Ignore,
        "STOP" => Verdict::Stop,
        _ => return None,
    })
}

fn in_prose(text: &str) -> Option<Verdict> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    let mut found = None;
    for said in words {
        if ["not", "never", "don't", "won't"].contains(&said.to_lowercase().as_str()) {
            return None;
        }
        if !["RESPOND", "IGNORE", "STOP"].contains(&said) {
            continue;
        }
        match (found, word(said)) {
            (Some(before), now) if Some(before) != now => return None,
            (_, now) => found = now,
        }
    }
    found
}
