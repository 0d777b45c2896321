//! A few thousand vectors and how they are compared.

use super::{
    place::{Place, Wanted},
    signs::{Middle, NOT_WANTED, difference},
};
use pulp::Arch;

/// How many vectors a block has at most.
const FULL: usize = 4_096;

/// Codes are so long, or a multiple: as many numbers as the widest registers take.
const STEP: usize = 64;

/// Vectors as bytes, with what filters look at.
#[derive(Clone, Debug)]
pub(super) struct Block {
    length: usize,
    codes: Vec<i8>,
    scales: Vec<f32>,
    /// The bits of the vectors; none before their middle is known.
    signs: Vec<u64>,
    ordinals: Vec<i64>,
    places: Vec<Place>,
}

/// A vector as bytes: each number divided by the scale.
#[derive(Clone, Debug)]
pub(super) struct Code {
    bytes: Vec<i8>,
    scale: f32,
}

impl Code {
    /// Dimensions that a vector lacks are 0.
    pub(super) fn of(vector: &[f32], dimension: usize) -> Self {
        let most = vector.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        #[expect(clippy::cast_possible_truncation, reason = "between -127 and 127")]
        let mut bytes: Vec<i8> = vector.iter().map(|number| (number / scale).round() as i8).collect();
        bytes.resize(dimension.next_multiple_of(STEP), 0);
        Self { bytes, scale }
    }
}

impl Block {
    pub(super) fn new(dimension: usize) -> Self {
        Self {
            length: dimension.next_multiple_of(STEP),
            codes: Vec::new(),
            scales: Vec::new(),
            signs: Vec::new(),
            ordinals: Vec::new(),
            places: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ordinals.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= FULL
    }

    pub(super) fn ordinals(&self) -> impl Iterator<Item = i64> {
        self.ordinals.iter().copied()
    }

    pub(super) fn add(&mut self, ordinal: i64, place: Place, vector: &[f32], middle: Option<&Middle>) {
        if let Some(middle) = middle {
            self.signs.extend(middle.signs(vector));
        }
        let code = Code::of(vector, self.length);
        self.codes.extend(&code.bytes);
        self.scales.push(code.scale);
        self.ordinals.push(ordinal);
        self.places.push(place);
    }

    /// The vectors, nearly as they were.
    pub(super) fn vectors(&self) -> impl Iterator<Item = Vec<f32>> {
        let codes = self.codes.chunks_exact(self.length).zip(&self.scales);
        codes.map(|(code, scale)| code.iter().map(|byte| f32::from(*byte) * scale).collect())
    }

    /// Makes the bits of vectors that came before their middle was known.
    pub(super) fn sign(&mut self, middle: &Middle) {
        self.signs = self.vectors().flat_map(|vector| middle.signs(&vector)).collect();
    }

    /// The same without some.
    pub(super) fn kept(&self, keep: impl Fn(i64) -> bool) -> Self {
        let mut kept = Self::new(self.length);
        let words = self.words();
        for (index, code) in self.codes.chunks_exact(self.length).enumerate() {
            if keep(self.ordinals[index]) {
                kept.codes.extend(code);
                kept.scales.push(self.scales[index]);
                kept.ordinals.push(self.ordinals[index]);
                kept.places.push(self.places[index]);
                kept.signs.extend(self.signs.iter().skip(index * words).take(words));
            }
        }
        kept
    }

    /// How many machine words the bits of a vector are.
    fn words(&self) -> usize {
        self.length / STEP
    }

    /// In how many bits each differs, behind what `differences` held.
    pub(super) fn differ(&self, query: &[u64], wanted: &Wanted, differences: &mut Vec<u16>) {
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (signs, place) in self.signs.chunks_exact(self.words()).zip(&self.places) {
                    let differs = if wanted.takes(place) { difference(signs, query) } else { NOT_WANTED };
                    differences.push(differs);
                }
            },
        );
    }

    /// Scores of those that differ in no more bits than `cut`, with their ordinals, in place of what `scores` held.
    pub(super) fn compare_some(
        &self,
        query: &Code,
        (differences, cut): (&[u16], u16),
        scores: &mut Vec<(f32, i64)>,
    ) {
        scores.clear();
        Arch::new().dispatch(
            #[inline(always)]
            || {
                let near = differences.iter().enumerate().filter(|(_, differs)| **differs <= cut);
                for (index, _) in near {
                    let code = &self.codes[index * self.length..(index + 1) * self.length];
                    let score = product(code, &query.bytes) * self.scales[index] * query.scale;
                    scores.push((score, self.ordinals[index]));
                }
            },
        );
    }

    /// Scores of those that fit, with their ordinals, in place of what `scores` held.
    pub(super) fn compare(&self, query: &Code, wanted: &Wanted, scores: &mut Vec<(f32, i64)>) {
        scores.clear();
        // The same loops, made for the widest registers that this processor has.
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for (index, code) in self.codes.chunks_exact(self.length).enumerate() {
                    if wanted.takes(&self.places[index]) {
                        let score = product(code, &query.bytes) * self.scales[index] * query.scale;
                        scores.push((score, self.ordinals[index]));
                    }
                }
            },
        );
    }
}

#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "a score is an estimate")]
fn product(a: &[i8], b: &[i8]) -> f32 {
    let mut sum = 0_i32;
    for (a, b) in a.chunks_exact(STEP).zip(b.chunks_exact(STEP)) {
        let mut part = 0_i32;
        for index in 0..STEP {
            part += i32::from(a[index]) * i32::from(b[index]);
        }
        sum += part;
    }
    sum as f32
}
