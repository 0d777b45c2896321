//! A text's vector: the sum of the rows of its words, brought to length one.

use crate::{
    table::{Table, TableError},
    tokens::{self, UNKNOWN},
};
use std::borrow::Cow;

/// The table that ships; `data/README.md` says where it comes from.
static SHIPPED: &[u8] = include_bytes!("../data/static.bin");

/// A model that needs nothing but a table: a text's vector is the mean of the vectors of its words, each with its weight.
///
/// It knows synonyms and topics, not grammar: `the dog bit the man` and `the man bit the dog` have the same vector. Words are those of English;
/// other languages are spelt letter by letter and come out poor. Use it together with a search for words.
///
/// ```
/// let model = galatea_embedding::StaticModel::shipped()?;
/// let [dog, puppy, market] = ["I love my dog", "My puppy is adorable", "The stock market fell today"].map(|text| model.embed(text));
/// let near = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
/// assert!(near(&dog, &puppy) > 0.3 + near(&dog, &market));
/// # Ok::<(), galatea_embedding::TableError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StaticModel<'b> {
    table: Table<'b>,
    dimension: usize,
}

impl StaticModel<'static> {
    /// The model that ships with the program. Nothing is read or decoded before a text comes.
    ///
    /// # Errors
    /// [`TableError`], if the program was built with a damaged table.
    pub fn shipped() -> Result<Self, TableError> {
        Table::read(SHIPPED).map(Self::of)
    }
}

impl<'b> StaticModel<'b> {
    /// A model of this table.
    #[must_use]
    pub fn of(table: Table<'b>) -> Self {
        Self { table, dimension: table.dimension() }
    }

    /// The model whose vectors are the first `dimension` numbers of this one's, brought to length one; at least 1 and at most as many
    /// as this one has. The numbers that matter most come first.
    #[must_use]
    pub fn cut(self, dimension: usize) -> Self {
        Self { dimension: dimension.clamp(1, self.table.dimension().max(1)), ..self }
    }

    /// The length of its vectors.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Its name, as it is recorded with vectors: that of the table, and the dimension where it is cut. Vectors of different names
    /// cannot be compared.
    #[must_use]
    pub fn name(&self) -> Cow<'b, str> {
        if self.dimension == self.table.dimension() {
            Cow::Borrowed(self.table.name())
        } else {
            Cow::Owned(format!("{}:{}", self.table.name(), self.dimension))
        }
    }

    /// The vector of a text. Its length is one, whatever the text: one without a word that is known has the vector of the unknown.
    #[must_use]
    pub fn embed(&self, text: &str) -> Vec<f32> {
        let mut sum = vec![0.0; self.dimension];
        tokens::rows(text, &self.table, |row| self.table.add(row, &mut sum));
        if !to_length_one(&mut sum) {
            if let Some(unknown) = self.table.row_of(UNKNOWN) {
                self.table.add(unknown, &mut sum);
            }
            to_length_one(&mut sum);
        }
        sum
    }

    /// The words and pieces of words of a text, as the model reads them; what continues a word begins with `##`.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        tokens::rows(text, &self.table, |row| found.push(self.table.spelling(row)));
        found
    }
}

/// Brings a vector to length one; whether it has a length.
fn to_length_one(vector: &mut [f32]) -> bool {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > f32::MIN_POSITIVE {
        vector.iter_mut().for_each(|value| *value /= length);
        return true;
    }
    false
}
