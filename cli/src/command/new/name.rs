//! One name in every spelling that code needs.

use crate::failure::Failure;

/// Names that cannot be those of a crate, module or function.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield", "test", "core", "std", "alloc",
];

/// A name, as the words it consists of, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(Vec<String>);

impl Name {
    /// Reads a name in any spelling: `order-coffee`, `orderCoffee`, `ORDER_COFFEE`, `Order coffee`.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let refuse = |why: &str| {
            Err(Failure::new(format!("`{text}` cannot be a name: {why}"))
                .help("write words of letters and digits with hyphens between them, e.g. `order-coffee`"))
        };
        let words = words(text);
        if let Some(strange) =
            text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ')))
        {
            return refuse(&format!("`{strange}` is neither a letter, a digit, nor a hyphen"));
        }
        match words.first() {
            None => return refuse("it has no letters"),
            Some(first) if first.starts_with(|c: char| c.is_ascii_digit()) => {
                return refuse("it begins with a digit");
            }
            Some(_) => {}
        }
        let name = Self(words);
        if KEYWORDS.contains(&name.snake().as_str()) {
            return refuse("it is a word of the Rust language or of its libraries");
        }
        Ok(name)
    }

    /// `order-coffee`
    pub(super) fn kebab(&self) -> String {
        self.0.join("-")
    }

    /// `order_coffee`
    pub(super) fn snake(&self) -> String {
        self.0.join("_")
    }

    /// `ORDER_COFFEE`
    pub(super) fn screaming(&self) -> String {
        self.snake().to_uppercase()
    }

    /// `OrderCoffee`
    pub(super) fn pascal(&self) -> String {
        self.0.iter().map(|word| capital(word)).collect()
    }

    /// `Order Coffee`
    pub(super) fn title(&self) -> String {
        self.0.iter().map(|word| capital(word)).collect::<Vec<_>>().join(" ")
    }

    /// `order coffee`
    pub(super) fn phrase(&self) -> String {
        self.0.join(" ")
    }

    /// `Order coffee`
    pub(super) fn sentence(&self) -> String {
        capital(&self.phrase())
    }
}

/// Words end at hyphens, underscores, blanks, and where a capital follows a small letter.
fn words(text: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for letter in text.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if matches!(letter, '-' | '_') { ' ' } else { letter });
        before = letter;
    }
    spaced.split_whitespace().map(str::to_lowercase).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_the_same_name() {
        for text in ["order-coffee", "orderCoffee", "ORDER_COFFEE", "Order coffee", "order_coffee"] {
            let name = Name::read(text).unwrap();
            assert_eq!(name.kebab(), "order-coffee", "{text}");
            assert_eq!(name.screaming(), "ORDER_COFFEE", "{text}");
            assert_eq!(name.pascal(), "OrderCoffee", "{text}");
            assert_eq!(name.sentence(), "Order coffee", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused_with_the_reason() {
        for (text, why) in [
            ("", "no letters"),
            ("--", "no letters"),
            ("3d-print", "digit"),
            ("café", "`é`"),
            ("a/b", "`/`"),
            ("match", "Rust"),
            ("../up", "`.`"),
        ] {
            let told = Name::read(text).unwrap_err().to_string();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
