//! Words that hold a sentence together and say nothing of what it is about.

/// English ones, in lower case and in order: a question is full of them, and where they count, whatever holds as many of them is
/// found before what is asked for (docs/embeddings.md has figures).
const FUNCTION_WORDS: [&str; 96] = [
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could",
    "did", "do", "does", "for", "from", "get", "had", "has", "have", "he", "her", "him", "his", "how", "i",
    "if", "in", "into", "is", "it", "its", "just", "ll", "long", "many", "may", "me", "might", "much",
    "must", "my", "no", "not", "of", "on", "or", "our", "please", "re", "shall", "she", "should", "so",
    "some", "t", "tell", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this",
    "those", "to", "until", "us", "ve", "was", "we", "were", "what", "when", "where", "which", "who", "whom",
    "whose", "why", "will", "with", "would", "yes", "yet", "you", "your", "yours", "yourself",
];

/// Whether a word in lower case is one.
pub(crate) fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_in_order_and_found() {
        assert!(FUNCTION_WORDS.is_sorted());
        let found = ["what", "the", "a", "yourself", "weather", "", "zoo"].map(is_function_word);
        assert_eq!(found, [true, true, true, true, false, false, false]);
    }
}
