//! How many tokens a text has, about.
//!
//! Every model has a tokeniser of its own; none of them is asked. Counted is what they agree on in the mean: six letters or three
//! digits of a word are a token, and so is each ideograph, each kana, each syllable of Hangul, and each other sign. For English prose
//! that is 4.2 characters a token.

/// Counts tokens from character to character.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counter {
    letters: u32,
    digits: u32,
    sign: Option<char>,
}

/// How many letters of a word are a token.
const LETTERS: u32 = 6;

/// How many digits of a number are a token.
const DIGITS: u32 = 3;

impl Counter {
    /// How many tokens begin with this character: none or one.
    pub(crate) fn next(&mut self, c: char) -> usize {
        let before = *self;
        *self = Self::default();
        if c.is_whitespace() {
            return 0;
        }
        if is_wide(c) {
            return 1;
        }
        if c.is_alphabetic() {
            self.letters = before.letters + 1;
            return usize::from(before.letters.is_multiple_of(LETTERS));
        }
        if c.is_numeric() {
            self.digits = before.digits + 1;
            return usize::from(before.digits.is_multiple_of(DIGITS));
        }
        // A line of one sign is one token.
        self.sign = Some(c);
        usize::from(before.sign != Some(c))
    }
}

/// How many tokens a text has.
pub(crate) fn tokens(text: &str) -> usize {
    let mut counter = Counter::default();
    text.chars().map(|c| counter.next(c)).sum()
}

/// Characters of which each is a word or nearly so.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_as_models_do_in_the_mean() {
        for (text, wanted) in [
            ("", 0),
            ("  \n ", 0),
            ("Dogs are welcome.", 5),
            ("internationalisation", 4),
            ("2026", 2),
            ("a, b", 3),
            ("----------", 1),
            ("今日は世界", 5),
            ("안녕", 2),
        ] {
            assert_eq!(tokens(text), wanted, "{text}");
        }
        let prose = "The harbour of the old town lies to the south of the market, and whoever comes by ferry sees \
                     the white tower of the observatory first.";
        let characters = prose.chars().count() as f64 / tokens(prose) as f64;
        assert!((4.0..5.0).contains(&characters), "{characters}");
    }
}
