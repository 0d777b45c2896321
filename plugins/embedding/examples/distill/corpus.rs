//! The texts that the table is trained on, from the files of WordNet.

use crate::random::Random;
use std::{collections::BTreeSet, error::Error, fs, path::Path};

/// At most so many texts, taken from all of WordNet at random but in every run the same.
pub(crate) fn texts(folder: &Path, most: usize) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = BTreeSet::new();
    for file in ["data.noun", "data.verb", "data.adj", "data.adv"] {
        let path = folder.join(file);
        let lines = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        for line in lines.lines().filter(|line| !line.starts_with(' ')) {
            found.extend(entry(line).into_iter().filter(|text| text.chars().any(char::is_alphabetic)));
        }
    }
    let mut texts: Vec<String> = found.into_iter().collect();
    Random(7).shuffle(&mut texts);
    texts.truncate(most);
    Ok(texts)
}

/// What an entry says: its definition, its examples, its words with the definition, and each of its words.
fn entry(line: &str) -> Vec<String> {
    let Some((head, gloss)) = line.split_once(" | ") else { return Vec::new() };
    let fields: Vec<&str> = head.split(' ').collect();
    let count = fields.get(3).and_then(|count| usize::from_str_radix(count, 16).ok()).unwrap_or(0);
    let words: Vec<String> = (0..count)
        .filter_map(|at| fields.get(4 + 2 * at))
        .map(|word| word.split('(').next().unwrap_or_default().replace('_', " "))
        .collect();
    let (definition, examples) = gloss.split_once('"').unwrap_or((gloss, ""));
    let definition = definition.trim().trim_end_matches(';').trim_end();
    let mut texts = vec![definition.to_owned(), format!("{}: {definition}", words.join(", "))];
    texts.extend(examples.split('"').step_by(2).map(|example| example.trim().to_owned()));
    texts.extend(words);
    texts.retain(|text| text.len() > 2);
    texts
}
