//! Where what an agent says comes from.
//!
//! Providers and actions tell with their texts where these come from, each source under a label (`[1]`). A reply
//! that refers to a label, or quotes a source, carries the source in its content, under [`CITATIONS`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, ops::Range};
use uuid::Uuid;

/// The key of a message's content under which the sources of the message stand, a list of [`Citation`]s.
pub const CITATIONS: &str = "citations";

/// A sentence with fewer words than this quotes nothing: it may be anybody's.
const QUOTED_WORDS: usize = 4;

/// A place in a document that says something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
pub struct Citation {
    /// How a reply refers to it, between brackets: `1` for `[1]`. Unique in a turn.
    pub label: String,
    /// Where the document is: `docs/handbook.md`, `https://example.com/`.
    pub source: String,
    /// The document's title, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The headings above the place, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub heading: Vec<String>,
    /// The page, from 1, in documents that have pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Which characters of the document's text, of the page's where there are pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub characters: Option<Range<u64>>,
    /// The memory that is the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Uuid>,
    /// The memory that is the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fragment: Option<Uuid>,
    /// What it says there; replies do not keep it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

impl Citation {
    /// The place in words: `docs/handbook.md, Rooms > Breakfast, page 2`.
    #[must_use]
    pub fn place(&self) -> String {
        let mut place = self.source.clone();
        if !self.heading.is_empty() {
            place.push_str(", ");
            place.push_str(&self.heading.join(" > "));
        }
        if let Some(page) = self.page {
            place.push_str(&format!(", page {page}"));
        }
        place
    }
}

/// Those of the sources that a reply refers to by their labels, in the order of the reply; if it refers to none, those that it
/// quotes. Without their texts, each once.
#[must_use]
pub fn cited(told: &[Citation], reply: &str) -> Vec<Citation> {
    if told.is_empty() {
        return Vec::new();
    }
    let labelled: Vec<&Citation> =
        labels(reply).iter().filter_map(|label| told.iter().find(|one| one.label == *label)).collect();
    let found = if labelled.is_empty() { quoted(told, reply) } else { labelled };
    let mut seen = BTreeSet::new();
    let first = found.into_iter().filter(|one| seen.insert(one.label.as_str()));
    first.map(|one| Citation { text: String::new(), ..one.clone() }).collect()
}

/// The labels in a text: `[1]`, `[1, 2]`, `【1】`.
fn labels(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for opened in text.split(['[', '【']).skip(1) {
        let Some((inside, _)) = opened.split_once([']', '】']) else { continue };
        found.extend(inside.split([',', ';']).map(str::trim).filter(|label| !label.is_empty()));
    }
    found
}

/// The sources in which a sentence of the text stands word by word.
fn quoted<'a>(told: &'a [Citation], text: &str) -> Vec<&'a Citation> {
    let known: Vec<String> = told.iter().map(|one| words(&one.text)).collect();
    let of = |sentence: &str| {
        let sentence = words(sentence);
        let enough = sentence.split_whitespace().count() >= QUOTED_WORDS;
        let at = known.iter().position(|text| enough && text.contains(&sentence))?;
        told.get(at)
    };
    text.split_inclusive(['.', '!', '?', '\n']).filter_map(of).collect()
}

/// The words alone, in lower case, each with a blank around it.
fn words(text: &str) -> String {
    let mut plain = String::from(" ");
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        plain.push_str(&word.to_lowercase());
        plain.push(' ');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Vec<Citation> {
        let source = |label: &str, source: &str, text: &str| Citation {
            label: label.to_owned(),
            source: source.to_owned(),
            text: text.to_owned(),
            ..Citation::default()
        };
        vec![
            source("1", "a.md", "Breakfast is served from seven\nto half past ten. Dogs are welcome."),
            source("2", "b.md", "The last ferry leaves at nine in the evening."),
        ]
    }

    #[test]
    fn a_reply_carries_what_it_refers_to_or_quotes() {
        for (reply, wanted) in [
            ("From seven [1].", vec!["1"]),
            ("At nine [2], after breakfast [1]; see [2].", vec!["2", "1"]),
            ("Both [1, 2] say so.", vec!["1", "2"]),
            ("See 【2】.", vec!["2"]),
            ("See [3] and [x].", vec![]),
            ("Breakfast is served from seven to half past ten.", vec!["1"]),
            ("Yes! The last ferry leaves at nine in the evening.", vec!["2"]),
            ("Dogs are welcome.", vec![]),
            ("Hello.", vec![]),
            ("[", vec![]),
        ] {
            let found = cited(&told(), reply);
            let labels: Vec<&str> = found.iter().map(|one| one.label.as_str()).collect();
            assert_eq!(labels, wanted, "{reply}");
            assert!(found.iter().all(|one| one.text.is_empty()));
        }
    }

    #[test]
    fn a_place_reads_well() {
        let citation = Citation {
            source: "a.pdf".to_owned(),
            heading: vec!["Rooms".to_owned(), "Breakfast".to_owned()],
            page: Some(2),
            ..Citation::default()
        };
        assert_eq!(citation.place(), "a.pdf, Rooms > Breakfast, page 2");
    }
}
