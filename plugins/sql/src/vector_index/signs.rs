//! A bit a number: whether it is above what that number is on average. Vectors that are near each other have most bits in common,
//! so a few machine words a vector say which are worth a look.

/// What each number of the vectors of a space is on average, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Middle(Vec<f32>);

impl Middle {
    /// The mean of some vectors, all as long as the first.
    pub(super) fn of(vectors: impl Iterator<Item = Vec<f32>>) -> Self {
        let (mut sum, mut count) = (Vec::new(), 0.0_f32);
        for vector in vectors {
            sum.resize(vector.len(), 0.0);
            sum.iter_mut().zip(&vector).for_each(|(sum, number)| *sum += number);
            count += 1.0;
        }
        sum.iter_mut().for_each(|sum| *sum /= count.max(1.0));
        Self(sum)
    }

    /// The bits of a vector, 64 a word; what it lacks counts as average.
    pub(super) fn signs(&self, vector: &[f32]) -> Vec<u64> {
        let bit = |(index, (number, mean)): (usize, (&f32, &f32))| u64::from(number > mean) << index;
        let words = vector.chunks(64).zip(self.0.chunks(64));
        let mut signs: Vec<u64> = words
            .map(|(numbers, means)| {
                numbers.iter().zip(means).enumerate().map(bit).fold(0, |all, bit| all | bit)
            })
            .collect();
        signs.resize(self.0.len().div_ceil(64), 0);
        signs
    }
}

/// In how many bits two vectors differ.
#[inline(always)]
pub(super) fn difference(a: &[u64], b: &[u64]) -> u16 {
    let differing = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
    u16::try_from(differing).unwrap_or(u16::MAX - 1)
}

/// The difference that is put in the place of one that is not wanted.
pub(super) const NOT_WANTED: u16 = u16::MAX;

/// The largest difference of those that are among so many smallest.
pub(super) fn cut(differences: &[u16], keep: usize) -> u16 {
    let most = differences.iter().copied().filter(|one| *one != NOT_WANTED).max().unwrap_or_default();
    let mut counts = vec![0_usize; usize::from(most) + 1];
    for one in differences.iter().filter(|one| **one != NOT_WANTED) {
        counts[usize::from(*one)] += 1;
    }
    let mut below = 0;
    let reached = |count: &usize| {
        below += count;
        below >= keep
    };
    counts.iter().position(reached).and_then(|place| u16::try_from(place).ok()).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_say_what_is_above_the_mean() {
        let middle = Middle::of([vec![1.0; 70], vec![3.0; 70]].into_iter());
        let mut vector = vec![1.9; 70];
        (vector[1], vector[64]) = (2.1, 9.0);
        assert_eq!(middle.signs(&vector), [0b10, 1]);
        assert_eq!(middle.signs(&[]), [0, 0]);
        assert_eq!(difference(&[0b1100, 1], &[0b1010, 1]), 2);
    }

    #[test]
    fn the_cut_takes_as_many_as_are_to_be_kept() {
        let rows: [(&[u16], usize, u16); 5] = [
            (&[5, 1, 3, NOT_WANTED], 2, 3),
            (&[5, 1, 3], 9, 5),
            (&[4, 4, 4], 1, 4),
            (&[NOT_WANTED], 1, 0),
            (&[], 1, 0),
        ];
        for (differences, keep, wanted) in rows {
            assert_eq!(cut(differences, keep), wanted, "{differences:?}");
        }
    }
}
