//! The search for words that vectors are compared with: BM25 with the constants of SQLite's FTS5, over words in small letters.

use galatea::store::query_words;
use std::collections::BTreeMap;

/// Documents, counted.
pub(crate) struct Bm25 {
    documents: Vec<(BTreeMap<String, f64>, f64)>,
    mean: f64,
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

impl Bm25 {
    pub(crate) fn of(texts: &[String]) -> Self {
        let documents: Vec<(BTreeMap<String, f64>, f64)> = texts
            .iter()
            .map(|text| {
                let mut counts = BTreeMap::new();
                let words = words(text);
                let length = words.len() as f64;
                words.into_iter().for_each(|word| *counts.entry(word).or_default() += 1.0);
                (counts, length)
            })
            .collect();
        let mean = documents.iter().map(|(_, length)| length).sum::<f64>() / documents.len() as f64;
        Self { documents, mean }
    }

    /// The same, with the words that a search of the engine looks for.
    pub(crate) fn rank_weighty(&self, question: &str) -> Vec<usize> {
        self.rank(&query_words(question).join(" "))
    }

    /// The places of documents that share a word with the question, best first.
    pub(crate) fn rank(&self, question: &str) -> Vec<usize> {
        let (count, words) = (self.documents.len() as f64, words(question));
        let weights: Vec<(&String, f64)> = words
            .iter()
            .map(|word| {
                let having =
                    self.documents.iter().filter(|(counts, _)| counts.contains_key(word)).count() as f64;
                (word, ((count - having + 0.5) / (having + 0.5)).ln().max(1e-6))
            })
            .collect();
        let scores: Vec<f64> = self
            .documents
            .iter()
            .map(|(counts, length)| {
                let score = |(word, weight): &(&String, f64)| {
                    let often = counts.get(*word).copied().unwrap_or(0.0);
                    weight * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * length / self.mean))
                };
                weights.iter().map(score).sum()
            })
            .collect();
        let mut places: Vec<usize> = (0..scores.len()).filter(|place| scores[*place] > 0.0).collect();
        places.sort_by(|one, other| scores[*other].total_cmp(&scores[*one]));
        places
    }
}
