//! Retrieval by BM25, with a measure of how much of the question a text covers.

use crate::{
    synonyms::canonical,
    words::{Token, tokens},
};
use std::collections::{BTreeMap, BTreeSet};

/// Texts, prepared for search.
pub(crate) struct Index {
    documents: Vec<BTreeMap<String, u32>>,
    lengths: Vec<f64>,
    mean: f64,
    spread: BTreeMap<String, u32>,
}

/// A text that fits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Which text.
    pub(crate) document: usize,
    /// How well it fits; comparable within one search only.
    pub(crate) score: f64,
    /// How much of the question's weight the text has, from 0.0 to 1.0.
    pub(crate) coverage: f64,
}

impl Index {
    /// Prepares texts.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut documents = Vec::new();
        let mut lengths = Vec::new();
        let mut spread = BTreeMap::new();
        for text in texts {
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            for token in tokens(text).into_iter().filter(Token::is_content) {
                *counts.entry(canonical(&token.stem).to_owned()).or_insert(0) += 1;
            }
            for word in counts.keys() {
                *spread.entry(word.clone()).or_insert(0) += 1;
            }
            lengths.push(counts.values().copied().map(f64::from).sum());
            documents.push(counts);
        }
        let mean = lengths.iter().sum::<f64>() / number(documents.len()).max(1.0);
        Self { documents, lengths, mean: mean.max(1.0), spread }
    }

    /// Some text has the word.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.spread.contains_key(canonical(word))
    }

    /// The texts that have a word of the question, best first.
    pub(crate) fn search(&self, question: &BTreeSet<String>) -> Vec<Hit> {
        let question: BTreeSet<&str> = question.iter().map(|word| canonical(word)).collect();
        let whole: f64 = question.iter().map(|word| self.weight(word)).sum();
        let mut hits: Vec<Hit> = self
            .documents
            .iter()
            .zip(&self.lengths)
            .enumerate()
            .filter_map(|(document, (counts, length))| {
                let (mut score, mut covered) = (0.0, 0.0);
                for word in question.iter().copied() {
                    let Some(count) = counts.get(word).copied().map(f64::from) else {
                        continue;
                    };
                    let weight = self.weight(word);
                    covered += weight;
                    score += weight * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / self.mean));
                }
                (score > 0.0).then_some(Hit { document, score, coverage: covered / whole })
            })
            .collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits
    }

    fn weight(&self, word: &str) -> f64 {
        let having = f64::from(self.spread.get(word).copied().unwrap_or(0));
        (1.0 + (number(self.documents.len()) - having + 0.5) / (having + 0.5)).ln()
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
