//! Ranking of texts by the words they share with a query (Okapi BM25).
//!
//! The parameters are those of elizaOS (k1 1.2, b 0.75, plain words, English stop words left out,
//! no stemming), and so are the scores: the recorded ones are reproduced to 1e-3.

use std::collections::BTreeMap;

/// How fast a repeated word stops to count.
const K1: f64 = 1.2;
/// How much a long text is held against it, 0 to 1.
const B: f64 = 0.75;

/// Words so frequent in English that they say nothing about a text.
const STOP_WORDS: [&str; 25] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "he", "in", "is", "it", "its",
    "of", "on", "that", "the", "to", "was", "were", "will", "with",
];

/// An index over a fixed list of texts.
#[derive(Debug, Clone, Default)]
pub struct Bm25 {
    /// For each word the texts that contain it, and how often.
    postings: BTreeMap<String, Vec<(usize, f64)>>,
    /// Words in each text.
    lengths: Vec<f64>,
    average_length: f64,
}

/// One text found by [`Bm25::search`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Position of the text in the list the index was made from.
    pub index: usize,
    /// How well it fits, above 0; comparable only within one search.
    pub score: f64,
}

impl Bm25 {
    /// Indexes the texts.
    pub fn new<S: AsRef<str>>(docs: impl IntoIterator<Item = S>) -> Self {
        let mut index = Self::default();
        for (position, doc) in docs.into_iter().enumerate() {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            let mut length = 0.0;
            for word in words(doc.as_ref()) {
                *counts.entry(word).or_default() += 1.0;
                length += 1.0;
            }
            for (word, count) in counts {
                index.postings.entry(word).or_default().push((position, count));
            }
            index.lengths.push(length);
        }
        if !index.lengths.is_empty() {
            index.average_length = index.lengths.iter().sum::<f64>() / index.lengths.len() as f64;
        }
        index
    }

    /// The texts that share a word with the query, best first, at most `limit`.
    /// Equal scores keep the order of the texts.
    pub fn search(&self, query: &str, limit: usize) -> Vec<Hit> {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        for word in words(query) {
            let Some(postings) = self.postings.get(&word) else {
                continue;
            };
            let rarity = rarity(self.lengths.len() as f64, postings.len() as f64);
            for (index, count) in postings {
                *scores.entry(*index).or_default() += rarity * self.weight(*index, *count);
            }
        }
        let mut hits: Vec<Hit> = scores.into_iter().map(|(index, score)| Hit { index, score }).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        hits.truncate(limit);
        hits
    }

    fn weight(&self, index: usize, count: f64) -> f64 {
        let length = self.lengths.get(index).copied().unwrap_or_default();
        // A posting exists, so some text has a word and the average is above 0.
        weight(length / self.average_length, count)
    }
}

/// Texts that come and go, each known by a number.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    /// For each word the texts that contain it, and how often.
    postings: BTreeMap<String, BTreeMap<u64, f64>>,
    /// Words in each text.
    lengths: BTreeMap<u64, f64>,
    words: f64,
}

impl Collection {
    /// Adds a text by its [`words`]; one without words is none.
    pub fn add(&mut self, number: u64, words: &[String]) {
        if words.is_empty() {
            return;
        }
        let length = words.len() as f64;
        self.lengths.insert(number, length);
        self.words += length;
        for word in words {
            let postings = self.postings.entry(word.clone()).or_default();
            *postings.entry(number).or_default() += 1.0;
        }
    }

    /// Takes away a text that was added with the same words.
    pub fn remove(&mut self, number: u64, words: &[String]) {
        let Some(length) = self.lengths.remove(&number) else { return };
        self.words -= length;
        for word in words {
            if let Some(postings) = self.postings.get_mut(word) {
                postings.remove(&number);
                if postings.is_empty() {
                    self.postings.remove(word);
                }
            }
        }
    }

    /// Every text that shares one of these words, by number, with its score.
    pub fn scores(&self, query: &[String]) -> Vec<(u64, f64)> {
        let total = self.lengths.len() as f64;
        let average = self.words / total.max(1.0);
        let mut scores: BTreeMap<u64, f64> = BTreeMap::new();
        for postings in query.iter().filter_map(|word| self.postings.get(word)) {
            let rarity = rarity(total, postings.len() as f64);
            for (number, count) in postings {
                let length = self.lengths.get(number).copied().unwrap_or_default();
                *scores.entry(*number).or_default() += rarity * weight(length / average, *count);
            }
        }
        scores.into_iter().collect()
    }
}

fn rarity(total: f64, containing: f64) -> f64 {
    (1.0 + (total - containing + 0.5) / (containing + 0.5)).ln()
}

/// What a word counts that is so often in a text so many times as long as the average.
fn weight(relative: f64, count: f64) -> f64 {
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * relative))
}

/// The words of a text in lower case, without stop words and single letters. Chinese and Japanese put no blanks between
/// words: there each character is one.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut words = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        let mut start = 0;
        for (at, c) in run.char_indices().filter(|(_, c)| is_ideograph(*c)) {
            push_word(&mut words, &run[start..at]);
            words.push(c.to_string());
            start = at + c.len_utf8();
        }
        push_word(&mut words, &run[start..]);
    }
    words
}

fn push_word(words: &mut Vec<String>, word: &str) {
    let long_enough = word.chars().nth(1).is_some() || word.chars().any(char::is_numeric);
    if long_enough && !STOP_WORDS.contains(&word) {
        words.push(word.to_owned());
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches() {
        let index = Bm25::new(["The weather in Oslo", "weather weather weather", "a b c 7", "你好世界"]);
        let rows: [(&str, &[usize]); 6] = [
            ("WEATHER?", &[1, 0]),
            ("the", &[]),
            ("oslo weather", &[0, 1]),
            ("7", &[2]),
            ("世界", &[3]),
            ("", &[]),
        ];
        for (query, expected) in rows {
            let found: Vec<_> = index.search(query, 10).iter().map(|h| h.index).collect();
            assert_eq!(found, expected, "{query}");
        }
        assert_eq!(index.search("weather", 1).len(), 1);
        assert!(Bm25::new([""; 0]).search("x", 5).is_empty());
        assert!(Bm25::new(["", "the"]).search("the", 5).is_empty());
    }
}
