//! Texts as words and pieces of words, as BERT's uncased models have them.

use crate::table::Table;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::char::decompose_canonical;

/// What the model's vocabulary has for a word that it cannot spell.
pub(crate) const UNKNOWN: &str = "[UNK]";

/// A longer word is unknown, in characters.
const LONGEST_WORD: usize = 100;

/// Gives the rows of a text's words and pieces of words to `each`, in their order.
pub(crate) fn rows(text: &str, table: &Table<'_>, mut each: impl FnMut(usize)) {
    let unknown = table.row_of(UNKNOWN);
    let mut pieces = Vec::new();
    words(text, |word| {
        if spell(word, table, &mut pieces) {
            pieces.drain(..).for_each(&mut each);
        } else if let Some(unknown) = unknown {
            each(unknown);
        }
    });
}

/// Spells a word in the longest pieces that are known, from its beginning; whether that is possible.
fn spell(word: &str, table: &Table<'_>, pieces: &mut Vec<usize>) -> bool {
    pieces.clear();
    if word.len() > LONGEST_WORD && word.chars().count() > LONGEST_WORD {
        return false;
    }
    let mut rest = word;
    while !rest.is_empty() {
        let Some((length, row)) = table.longest(rest, !pieces.is_empty()) else { return false };
        pieces.push(row);
        rest = rest.get(length..).unwrap_or_default();
    }
    true
}

/// Gives the words of a text to `each`: in small letters, without accents, every punctuation mark and every ideograph alone.
pub(crate) fn words(text: &str, mut each: impl FnMut(&str)) {
    let mut word = String::new();
    let mut end = |word: &mut String| {
        if !word.is_empty() {
            each(word);
            word.clear();
        }
    };
    for letter in text.chars() {
        if letter.is_whitespace() {
            end(&mut word);
        } else if is_ideograph(letter) {
            end(&mut word);
            plain(letter, |plain| word.push(plain));
            end(&mut word);
        } else if !is_left_out(letter) {
            plain(letter, |plain| {
                if is_punctuation(plain) {
                    end(&mut word);
                    word.push(plain);
                    end(&mut word);
                } else {
                    word.push(plain);
                }
            });
        }
    }
    end(&mut word);
}

/// The letter without accents, small.
fn plain(letter: char, mut each: impl FnMut(char)) {
    if letter.is_ascii() {
        return each(letter.to_ascii_lowercase());
    }
    decompose_canonical(letter, |part| {
        if get_general_category(part) != GeneralCategory::NonspacingMark {
            part.to_lowercase().for_each(&mut each);
        }
    });
}

/// Controls, formats and what is nothing; space is not among them.
fn is_left_out(letter: char) -> bool {
    use GeneralCategory as Is;
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    letter == char::REPLACEMENT_CHARACTER
        || matches!(get_general_category(letter), Is::Control | Is::Format | Is::PrivateUse | Is::Unassigned)
}

fn is_punctuation(letter: char) -> bool {
    use GeneralCategory as Is;
    if letter.is_ascii() {
        return letter.is_ascii_punctuation();
    }
    matches!(
        get_general_category(letter),
        Is::ClosePunctuation
            | Is::ConnectorPunctuation
            | Is::DashPunctuation
            | Is::FinalPunctuation
            | Is::InitialPunctuation
            | Is::OpenPunctuation
            | Is::OtherPunctuation
    )
}

/// The blocks of Chinese characters, among which words have no spaces between them.
fn is_ideograph(letter: char) -> bool {
    matches!(u32::from(letter),
        0x4E00..=0x9FFF
        | 0x3400..=0x4DBF
        | 0x20000..=0x2A6DF
        | 0x2A700..=0x2B73F
        | 0x2B740..=0x2B81F
        | 0x2B920..=0x2CEAF
        | 0xF900..=0xFAFF
        | 0x2F800..=0x2FA1F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fall_into_words() {
        for (text, expected) in [
            ("", ""),
            (" \t\n", ""),
            ("Hello, World!", "hello|,|world|!"),
            ("don't e-mail", "don|'|t|e|-|mail"),
            ("Čeština Ärger Ångström naïve", "cestina|arger|angstrom|naive"),
            ("İstanbul ẞ", "istanbul|ß"),
            ("a\u{200b}b\u{0}c\u{fffd}d", "abcd"),
            ("東京タワー 42", "東|京|タワー|42"),
            ("“quoted” – €5 ok👍", "“|quoted|”|–|€5|ok👍"),
            ("no\u{a0}break", "no|break"),
        ] {
            let mut found = Vec::new();
            words(text, |word| found.push(word.to_owned()));
            assert_eq!(found.join("|"), expected, "{text:?}");
        }
    }
}
