//! The labelled documents and questions, and how well a ranking answers them.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Documents, and questions with the places of the documents that answer them.
pub(crate) struct Labelled {
    pub(crate) documents: Vec<String>,
    pub(crate) questions: Vec<(String, Vec<usize>)>,
}

#[derive(Deserialize)]
struct File {
    documents: BTreeMap<String, String>,
    questions: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    text: String,
    answers: Vec<String>,
}

impl Labelled {
    pub(crate) fn read() -> Self {
        let file: File = toml::from_str(include_str!("retrieval.toml")).unwrap();
        let names: Vec<&String> = file.documents.keys().collect();
        let place = |name: &String| names.iter().position(|known| *known == name).unwrap();
        let questions = file
            .questions
            .iter()
            .map(|question| (question.text.clone(), question.answers.iter().map(place).collect::<Vec<_>>()));
        Self { questions: questions.collect(), documents: file.documents.into_values().collect() }
    }

    /// Documents that differ by a number and little else, and questions for the number.
    pub(crate) fn numbered() -> Self {
        let (who, what) = (
            ["Harbour Hotel", "Miller & Sons", "the museum", "Dr Weiss"],
            ["login fails", "sent twice", "price is wrong"],
        );
        let number = |at: usize| 8000 + at * 37 % 1000;
        let document = |at: usize| {
            format!("Ticket {} from {}: {}.", number(at), who[at % who.len()], what[at % what.len()])
        };
        let question = |at: usize| (format!("What was ticket {} about?", number(at)), vec![at]);
        Self {
            documents: (0..240).map(document).collect(),
            questions: (0..240).step_by(6).map(question).collect(),
        }
    }

    /// Asks all questions; `rank` gives the places of documents, best first.
    pub(crate) fn measure(&self, mut rank: impl FnMut(&str) -> Vec<usize>) -> Measure {
        let mut sum = Measure::default();
        for (question, answers) in &self.questions {
            let ranked = rank(question);
            let hits =
                |most: usize| ranked.iter().take(most).filter(|place| answers.contains(place)).count() as f64;
            let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
            let gained: f64 = ranked
                .iter()
                .take(10)
                .enumerate()
                .filter(|(_, place)| answers.contains(place))
                .map(|(rank, _)| gain(rank))
                .sum();
            sum.ndcg += gained / (0..answers.len()).map(gain).sum::<f64>();
            sum.first += hits(1);
            sum.five += hits(5) / answers.len() as f64;
        }
        let count = self.questions.len() as f64;
        Measure { ndcg: sum.ndcg / count, first: sum.first / count, five: sum.five / count }
    }
}

/// Means over all questions, from 0 to 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measure {
    /// nDCG of the first ten.
    pub(crate) ndcg: f64,
    /// How many questions have an answer at the first place.
    pub(crate) first: f64,
    /// The share of answers among the first five.
    pub(crate) five: f64,
}

impl std::fmt::Display for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "nDCG@10 {:.3}, first {:.3}, recall@5 {:.3}", self.ndcg, self.first, self.five)
    }
}

/// Documents by nearness to a vector of length one, nearest first.
pub(crate) fn nearest(vectors: &[Vec<f32>], to: &[f32]) -> Vec<usize> {
    let near: Vec<f32> = vectors.iter().map(|vector| cosine(vector, to)).collect();
    let mut places: Vec<usize> = (0..vectors.len()).collect();
    places.sort_by(|one, other| near[*other].total_cmp(&near[*one]));
    places
}

/// The nearness of vectors of length one.
pub(crate) fn cosine(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// Rankings fused by reciprocal rank, with the usual constant of 60; each ranking counts as far as it goes.
pub(crate) fn fused(rankings: &[Vec<usize>]) -> Vec<usize> {
    let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
    for ranking in rankings {
        for (rank, place) in ranking.iter().enumerate() {
            *scores.entry(*place).or_default() += 1.0 / (61.0 + rank as f64);
        }
    }
    let mut places: Vec<usize> = scores.keys().copied().collect();
    places.sort_by(|one, other| scores[other].total_cmp(&scores[one]));
    places
}
