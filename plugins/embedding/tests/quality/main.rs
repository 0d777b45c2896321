//! How well the table that ships finds what is meant; `docs/embeddings.md` has the figures and what they are compared with.
//! `cargo test -p galatea-embedding --test quality -- --nocapture` prints those of this build.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed assumption fails the test; figures are printed"
)]

mod bm25;
mod labelled;

use bm25::Bm25;
use galatea_embedding::StaticModel;
use labelled::{Labelled, cosine, fused, nearest};

/// What is nearer to the first: the second, or the third. No second shares a word of meaning with its first.
const SYNONYMS: &[[&str; 3]] = &[
    ["I love my dog", "My puppy is adorable", "The stock market fell today"],
    ["my car broke down", "the automobile needs repair", "breakfast is ready"],
    ["where do you live", "my home is in Lisbon", "the film was boring"],
    ["remind me to buy milk", "note: get groceries", "a lecture on quantum mechanics"],
    ["she is a physician", "he works as a doctor", "it rained all night"],
    ["the infant is crying", "a baby weeps", "the train was late"],
    ["he purchased a house", "they bought a home", "she sings well"],
    ["the meal was tasty", "delicious food", "a flat tyre"],
    ["my laptop crashed", "the computer stopped working", "flowers in the garden"],
    ["I am exhausted", "feeling very tired", "a new bridge was built"],
    ["the movie begins at eight", "the film starts this evening", "two kilos of potatoes"],
    ["how old are you", "what is your age", "the shop is closed"],
    ["a big city", "a large town", "a quiet song"],
    ["the kids are at school", "children in the classroom", "interest rates rise"],
    ["he was fired", "she lost her job", "the lake is frozen"],
    ["ship on the ocean", "a boat at sea", "an invoice by mail"],
    ["cut the lawn", "mow the grass", "solve the equation"],
    ["my stomach hurts", "I have a bellyache", "the printer is empty"],
    ["happy about the gift", "glad for the present", "a broken window"],
    ["angry customer", "furious client", "yellow bananas"],
];

#[test]
fn synonyms_are_near() {
    let model = StaticModel::shipped().unwrap();
    let mut wrong = Vec::new();
    let mut margins = 0.0;
    for [text, same, other] in SYNONYMS {
        let [text_, same_, other_] = [text, same, other].map(|text| model.embed(text));
        let (near, far) = (cosine(&text_, &same_), cosine(&text_, &other_));
        println!("{near:.3} {far:+.3}  {text} | {same} | {other}");
        margins += near - far;
        if near < far + 0.1 {
            wrong.push(text);
        }
    }
    println!("mean margin {:.3}", margins / SYNONYMS.len() as f32);
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn numbers_are_found_by_words() {
    let all = Labelled::numbered();
    let (model, words) = (StaticModel::shipped().unwrap(), Bm25::of(&all.documents));
    let vectors: Vec<Vec<f32>> = all.documents.iter().map(|text| model.embed(text)).collect();
    let near = |question: &str| nearest(&vectors, &model.embed(question));
    let (meant, by_words) = (all.measure(near), all.measure(|question| words.rank_weighty(question)));
    let both = all.measure(|question| fused(&[near(question), words.rank_weighty(question)]));
    println!("numbered: alone {meant}\n          words {by_words}\n          fused {both}");
    assert!(by_words.first > 0.99 && both.first > meant.first, "words find what vectors do not");
}

#[test]
fn answers_are_found() {
    let all = Labelled::read();
    let model = StaticModel::shipped().unwrap();
    let words = Bm25::of(&all.documents);
    let found_by = |model: &StaticModel<'_>| {
        let vectors: Vec<Vec<f32>> = all.documents.iter().map(|text| model.embed(text)).collect();
        let near = |question: &str| nearest(&vectors, &model.embed(question));
        let meant = all.measure(near);
        let every_word = all.measure(|question| fused(&[near(question), words.rank(question)]));
        let weighty = all.measure(|question| fused(&[near(question), words.rank_weighty(question)]));
        println!("{}\n  alone                       {meant}", model.name());
        println!("  fused with all words        {every_word}\n  fused with weighty words    {weighty}");
        (meant, weighty)
    };
    let by_words = all.measure(|question| words.rank(question));
    let by_weighty = all.measure(|question| words.rank_weighty(question));
    println!("all words {by_words}\nweighty words {by_weighty}");
    let (meant, both) = found_by(&model);
    for dimension in [128, 64, 32] {
        found_by(&model.clone().cut(dimension));
    }
    assert!(meant.ndcg > by_weighty.ndcg && both.ndcg > by_weighty.ndcg, "vectors find what words do not");
}
