//! Vectors as they are.

use galatea::store::Scored;
use uuid::Uuid;

/// A vector as it is written: 32-bit floats, the lowest byte first.
pub(crate) fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The vector that was written, or why these bytes are none.
pub(crate) fn floats(bytes: &[u8], dimension: usize) -> Result<Vec<f32>, String> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    if numbers.len() != dimension || !rest.is_empty() {
        return Err(format!("{} bytes are not {dimension} numbers", bytes.len()));
    }
    Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
}

/// The cosine of vectors of length 1.
pub(crate) fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The best by score, the newer one first where two are alike.
pub(crate) fn best_of(mut ranked: Vec<(f64, i64, Uuid)>, limit: usize) -> Vec<Scored> {
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    ranked.truncate(limit);
    ranked.into_iter().map(|(score, _, id)| Scored { id, score }).collect()
}
