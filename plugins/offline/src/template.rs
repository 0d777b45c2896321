//! Examples of a tool's use as patterns: the words that stay from use to use.

use crate::{
    numbers,
    tools::generic,
    words::{Token, tokens},
};
use std::collections::BTreeSet;

/// An example without the words that change from use to use.
pub(crate) struct Template {
    anchors: Vec<Anchor>,
}

struct Anchor {
    stem: String,
    content: bool,
    generic: bool,
    /// A word that changes follows.
    open: bool,
}

impl Template {
    /// Reads an example; `values` are the options of arguments, which change too.
    pub(crate) fn new(example: &str, free_text: bool, values: &BTreeSet<String>) -> Self {
        let mut anchors: Vec<Anchor> = Vec::new();
        let words = tokens(example);
        for (at, token) in words.iter().enumerate() {
            let changes = token.quoted
                || (token.capital && at > 0 && token.lower != "i")
                || token.lower.bytes().all(|b| b.is_ascii_digit())
                || values.contains(&token.stem)
                || (at > 0 && numbers::dates(token));
            if changes {
                if let Some(last) = anchors.last_mut() {
                    last.open = true;
                }
                continue;
            }
            anchors.push(Anchor {
                stem: token.stem.clone(),
                content: token.is_content(),
                generic: generic(&token.stem),
                open: false,
            });
            if free_text && at > 0 && token.is(&["that", "saying", "says", "about", "titled", "called"]) {
                break;
            }
        }
        Self { anchors }
    }

    /// Nothing is left of the example.
    pub(crate) fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// How much of the example is in the clause, and where.
    pub(crate) fn evidence(&self, clause: &[Token]) -> (f64, Vec<usize>) {
        let place =
            |anchor: &Anchor| clause.iter().position(|token| !token.quoted && token.stem == anchor.stem);
        let telling: Vec<&Anchor> =
            self.anchors.iter().filter(|anchor| anchor.content && !anchor.generic).collect();
        let hits: Vec<usize> = telling.iter().filter_map(|anchor| place(anchor)).collect();
        if telling.is_empty() {
            return self.generic_evidence(clause);
        }
        let share = count(hits.len()) / count(telling.len());
        let all = self.anchors.iter().filter(|anchor| place(anchor).is_some()).count();
        let frame = count(all) / count(self.anchors.len());
        let score = match (hits.len(), share) {
            (0, _) => 0.0,
            (1, whole) if whole >= 1.0 => 0.4 + 0.5 * frame,
            (_, whole) if whole >= 1.0 => 0.9,
            (_, most) if most >= 0.6 => 0.7 * most * (0.5 + 0.5 * frame),
            _ => 0.0,
        };
        (score, hits)
    }

    /// An example whose words are all common must fit as a whole, in order, with fitting words in its gaps.
    fn generic_evidence(&self, clause: &[Token]) -> (f64, Vec<usize>) {
        let mut hits = Vec::new();
        let mut from = 0;
        for anchor in &self.anchors {
            let found = clause.iter().enumerate().skip(from).find(|(_, token)| token.stem == anchor.stem);
            let Some((at, _)) = found else {
                return (0.0, Vec::new());
            };
            let next = clause.get(at + 1);
            if anchor.open && !next.is_some_and(|token| token.is_content() && !generic(&token.stem)) {
                return (0.0, Vec::new());
            }
            hits.push(at);
            from = at + 1;
        }
        let acts = self.anchors.iter().any(|anchor| anchor.generic);
        if self.anchors.len() < 2 || !acts { (0.0, Vec::new()) } else { (0.62, hits) }
    }
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
