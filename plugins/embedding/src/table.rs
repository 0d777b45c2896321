//! The table of the vectors of words and pieces of words, as it stands in its file.
//!
//! The file is read in place: nothing is decoded before it is asked for, so that a program pays nothing for a table it does not
//! use. All numbers are little-endian.
//!
//! | what | size in bytes |
//! |---|---|
//! | `GALTAB01` | 8 |
//! | length of the name, dimension, count of words, count of those that begin a word | 4 each |
//! | the name of the table | its length |
//! | where each word ends, counted from the first | 4 a word |
//! | the scale of each row, a 32-bit float | 4 a word |
//! | the rows: one signed byte a dimension | dimension a word |
//! | the words in UTF-8: first those that begin a word, then those that continue one; each group in the order of its bytes | the rest |

/// The first bytes of a file.
const MAGIC: &[u8] = b"GALTAB01";

/// Bytes before the name.
const HEADER: usize = 24;

/// Why a file is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It does not begin as tables do.
    #[error(
        "this is no table of embeddings, or one of another version; make it anew with the example `distill`"
    )]
    Foreign,
    /// Its header promises more or less than there is.
    #[error(
        "the table of embeddings is damaged: {found} bytes, where its header promises {promised}; make it anew"
    )]
    Damaged {
        /// The length of the file.
        found: usize,
        /// The length that follows from its header, without the words where they cannot be found.
        promised: usize,
    },
}

/// A table; it borrows the bytes of its file.
#[derive(Clone, Copy, Debug)]
pub struct Table<'b> {
    name: &'b str,
    dimension: usize,
    count: usize,
    first: usize,
    ends: &'b [u8],
    scales: &'b [u8],
    rows: &'b [u8],
    words: &'b [u8],
}

impl<'b> Table<'b> {
    /// The table in these bytes. Only its lengths are checked, in constant time.
    ///
    /// # Errors
    /// [`TableError`].
    pub fn read(bytes: &'b [u8]) -> Result<Self, TableError> {
        if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
            return Err(TableError::Foreign);
        }
        let header = |at: usize| number(bytes, MAGIC.len() + 4 * at);
        let (name, dimension, count, first) = (header(0), header(1), header(2), header(3));
        let fixed = HEADER + name + count * (8 + dimension);
        let damaged = |promised| TableError::Damaged { found: bytes.len(), promised };
        if bytes.len() < fixed || first > count {
            return Err(damaged(fixed));
        }
        let (name, rest) = bytes[HEADER..].split_at(name);
        let (ends, rest) = rest.split_at(4 * count);
        let (scales, rest) = rest.split_at(4 * count);
        let (rows, words) = rest.split_at(count * dimension);
        let promised = if count == 0 { 0 } else { number(ends, 4 * (count - 1)) };
        if words.len() != promised {
            return Err(damaged(fixed + promised));
        }
        let name = std::str::from_utf8(name).map_err(|_| TableError::Foreign)?;
        Ok(Self { name, dimension, count, first, ends, scales, rows, words })
    }

    /// Its name, which stands beside every vector made with it.
    #[must_use]
    pub fn name(&self) -> &'b str {
        self.name
    }

    /// The length of its rows.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many words and pieces of words it knows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The longest beginning of `rest` that the table knows, and its row: as the beginning of a word, or as what continues one.
    pub(crate) fn longest(&self, rest: &str, continues: bool) -> Option<(usize, usize)> {
        let mut rest = rest.as_bytes();
        let known = if continues { self.first..self.count } else { 0..self.first };
        while !rest.is_empty() {
            let below = self.last_up_to(known.clone(), rest)?;
            let word = self.word(below);
            let same = word.iter().zip(rest).take_while(|(one, other)| one == other).count();
            // The last word up to `rest` shares with it what any beginning of it that is known must have; see the tests.
            if same == word.len() {
                return Some((same, below));
            }
            rest = &rest[..same];
        }
        None
    }

    /// The row of a word as it is written.
    pub(crate) fn row_of(&self, word: &str) -> Option<usize> {
        self.longest(word, false).filter(|(length, _)| *length == word.len()).map(|(_, row)| row)
    }

    /// Adds the beginning of a row to `sum`.
    pub(crate) fn add(&self, row: usize, sum: &mut [f32]) {
        let at = row * self.dimension;
        let scale = f32::from_bits(bits(self.scales, 4 * row));
        for (sum, value) in sum.iter_mut().zip(&self.rows[at..at + self.dimension]) {
            *sum += f32::from(value.cast_signed()) * scale;
        }
    }

    /// A word's bytes; pieces stand without the `##` of the model's vocabulary.
    pub(crate) fn word(&self, row: usize) -> &'b [u8] {
        let begin = if row == 0 { 0 } else { number(self.ends, 4 * (row - 1)) };
        self.words.get(begin..number(self.ends, 4 * row)).unwrap_or_default()
    }

    /// A word as the model's vocabulary spells it.
    pub(crate) fn spelling(&self, row: usize) -> String {
        let word = String::from_utf8_lossy(self.word(row));
        if row < self.first { word.into_owned() } else { format!("##{word}") }
    }

    /// The last of these words that is not behind `text` in the order of bytes.
    fn last_up_to(&self, known: std::ops::Range<usize>, text: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (known.start, known.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.word(middle) <= text {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.checked_sub(1).filter(|row| known.contains(row))
    }
}

fn bits(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_le_bytes(four.unwrap_or_default())
}

fn number(bytes: &[u8], at: usize) -> usize {
    bits(bytes, at) as usize
}

/// The bytes of a table: the inverse of [`Table::read`]. Each word has the row at its place in `rows`; pieces that continue a word
/// begin with `##`.
///
/// A row is kept as whole numbers from -127 to 127 and a scale. Rows must be equally long; words must differ.
#[must_use]
pub fn write(name: &str, words: &[String], rows: &[Vec<f32>]) -> Vec<u8> {
    let mut entries: Vec<(bool, &[u8], &[f32])> = words
        .iter()
        .zip(rows)
        .map(|(word, row)| match word.strip_prefix("##").filter(|piece| !piece.is_empty()) {
            Some(piece) => (true, piece.as_bytes(), row.as_slice()),
            None => (false, word.as_bytes(), row.as_slice()),
        })
        .collect();
    entries.sort_by_key(|(continues, word, _)| (*continues, *word));
    let first = entries.iter().filter(|(continues, ..)| !continues).count();
    let dimension = rows.first().map_or(0, Vec::len);
    let (mut ends, mut scales, mut values, mut spelt) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (_, word, row) in &entries {
        let scale = row.iter().fold(0.0f32, |most, value| most.max(value.abs())) / 127.0;
        spelt.extend_from_slice(word);
        ends.extend(small(spelt.len()).to_le_bytes());
        scales.extend(scale.to_le_bytes());
        values.extend(row.iter().flat_map(|value| whole(value / scale.max(f32::MIN_POSITIVE)).to_le_bytes()));
    }
    let header = [name.len(), dimension, entries.len(), first].map(|number| small(number).to_le_bytes());
    [MAGIC, header.as_flattened(), name.as_bytes(), &ends, &scales, &values, &spelt].concat()
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[allow(clippy::cast_possible_truncation, reason = "it is within the bounds")]
fn whole(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    fn bytes() -> Vec<u8> {
        let words =
            ["un", "unaff", "##a", "u", "##aff", "##affable", "##ed", "[UNK]", "東"].map(str::to_owned);
        let rows: Vec<Vec<f32>> = (0..words.len()).map(|row| vec![row as f32, -1.0, 0.5]).collect();
        write("test", &words, &rows)
    }

    #[test]
    fn the_longest_known_beginning_is_found() {
        let bytes = bytes();
        let table = Table::read(&bytes).unwrap();
        for (rest, continues, expected) in [
            ("unaffable", false, Some("unaff")),
            ("unafable", false, Some("un")),
            ("uz", false, Some("u")),
            ("z", false, None),
            ("", false, None),
            ("affable", true, Some("affable")),
            ("affablx", true, Some("aff")),
            ("affzzz", true, Some("aff")),
            ("azure", true, Some("a")),
            ("un", true, None),
            ("東京", false, Some("東")),
        ] {
            let found = table.longest(rest, continues);
            let word = found.map(|(length, row)| {
                assert_eq!(length, table.word(row).len());
                std::str::from_utf8(table.word(row)).unwrap()
            });
            assert_eq!(word, expected, "{rest}, continues: {continues}");
        }
    }

    #[test]
    fn rows_come_back_nearly_as_they_were() {
        let bytes = bytes();
        let table = Table::read(&bytes).unwrap();
        let mut sum = [0.0; 3];
        table.add(table.row_of("u").unwrap(), &mut sum);
        assert!(
            sum.iter().zip([3.0, -1.0, 0.5]).all(|(one, other)| (one - other).abs() < 3.0 / 127.0),
            "{sum:?}"
        );
        assert_eq!((table.name(), table.dimension(), table.count()), ("test", 3, 9));
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let whole = bytes();
        assert_eq!(Table::read(b"GIF89a").unwrap_err(), TableError::Foreign);
        assert_eq!(Table::read(&[]).unwrap_err(), TableError::Foreign);
        for length in [HEADER, HEADER + 9, whole.len() - 1] {
            let error = Table::read(&whole[..length]).unwrap_err();
            assert!(
                matches!(error, TableError::Damaged { found, .. } if found == length),
                "{length}: {error}"
            );
        }
    }
}
