//! Two rankings made one, by places: scores of different kinds cannot be compared.

use super::Place;
use crate::store::Scored;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How little the first places are ahead of those that follow (Cormack and others, 2009).
const K: f64 = 60.0;

/// A memory with its places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fused {
    pub(super) id: Uuid,
    pub(super) score: f64,
    pub(super) words: Option<Place>,
    pub(super) meaning: Option<Place>,
}

/// Reciprocal rank fusion: the best of both rankings, best first.
pub(super) fn fuse(words: &[Scored], meaning: &[Scored], limit: usize) -> Vec<Fused> {
    let (words, meaning) = (places(words), places(meaning));
    let mut ids: Vec<Uuid> = words.keys().chain(meaning.keys()).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    let fused = ids.into_iter().map(|id| {
        let (words, meaning) = (words.get(&id).copied(), meaning.get(&id).copied());
        let score = words.into_iter().chain(meaning).map(|place| share(place.place)).sum();
        Fused { id, score, words, meaning }
    });
    let mut fused: Vec<Fused> = fused.collect();
    let best = |fused: &Fused| fused.words.into_iter().chain(fused.meaning).map(|p| p.place).min();
    // Of two that fit equally, the one that is ahead in a ranking; ids keep the order the same at every search.
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then(best(a).cmp(&best(b))).then(a.id.cmp(&b.id)));
    fused.truncate(limit);
    fused
}

#[expect(clippy::cast_precision_loss, reason = "places are few")]
fn share(place: usize) -> f64 {
    1.0 / (K + place as f64)
}

fn places(ranking: &[Scored]) -> BTreeMap<Uuid, Place> {
    let places = ranking.iter().zip(1..).map(|(one, place)| (one.id, Place { place, score: one.score }));
    places.collect()
}

/// Two rankings of one kind as one: everybody at the better of their places.
pub(super) fn by_best_place(a: Vec<Scored>, b: Vec<Scored>) -> Vec<Scored> {
    let mut best: BTreeMap<Uuid, (usize, f64)> = BTreeMap::new();
    for (place, one) in a.into_iter().enumerate().chain(b.into_iter().enumerate()) {
        let known = best.entry(one.id).or_insert((place, one.score));
        if place < known.0 {
            *known = (place, one.score);
        }
    }
    let mut all: Vec<(usize, Scored)> =
        best.into_iter().map(|(id, (place, score))| (place, Scored { id, score })).collect();
    all.sort_by_key(|(place, one)| (*place, one.id));
    all.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(ids: &[u128]) -> Vec<Scored> {
        ids.iter().map(|id| Scored { id: Uuid::from_u128(*id), score: 1.0 }).collect()
    }

    #[test]
    fn rankings_are_fused_by_places() {
        let rows: [(&[u128], &[u128], &[u128]); 5] = [
            (&[1, 2, 3], &[3, 2, 1], &[1, 3, 2]),
            (&[1, 2], &[], &[1, 2]),
            (&[], &[4], &[4]),
            // Two second places are more than a first one.
            (&[1, 9, 5], &[2, 9, 6], &[9, 1, 2, 5, 6]),
            (&[], &[], &[]),
        ];
        for (words, meaning, wanted) in rows {
            let fused = fuse(&ranking(words), &ranking(meaning), 10);
            let ids: Vec<u128> = fused.iter().map(|one| one.id.as_u128()).collect();
            assert_eq!(ids, wanted, "{words:?} and {meaning:?}");
        }
        let one = &fuse(&ranking(&[7, 8]), &ranking(&[8]), 1)[0];
        assert_eq!(
            (one.id.as_u128(), one.words.map(|p| p.place), one.meaning.map(|p| p.place)),
            (8, Some(2), Some(1))
        );
        assert!((one.score - (1.0 / 61.0 + 1.0 / 62.0)).abs() < 1e-12);
    }

    #[test]
    fn the_better_place_counts() {
        let both = by_best_place(ranking(&[1, 2, 3]), ranking(&[3, 4]));
        let ids: Vec<u128> = both.iter().map(|one| one.id.as_u128()).collect();
        assert_eq!(ids, [1, 3, 2, 4]);
    }
}
