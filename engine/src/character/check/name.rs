//! Names: the one that was meant, and those that are known.

/// How many names are listed at most.
const LISTED: usize = 12;
/// How many are listed where there are more.
const NEAREST: usize = 6;

/// The name that was probably meant, if one is near enough. Case, `-` and `_` do not count.
pub(super) fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain_word = plain(word);
    let allowed = (plain_word.chars().count().max(3)).div_ceil(4);
    (known.into_iter())
        .map(|name| (strsim::damerau_levenshtein(&plain_word, &plain(name)), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// `did you mean …?`, or nothing.
pub(super) fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    near(word, known).map(|name| format!("did you mean `{name}`?")).unwrap_or_default()
}

/// `known: a, b, c`; of many names those most like the word.
pub(super) fn known(word: &str, names: &[&str]) -> String {
    if names.is_empty() {
        return "known: none".to_owned();
    }
    let mut names = names.to_vec();
    names.sort_unstable();
    if names.len() <= LISTED {
        return format!("known: {}", names.join(", "));
    }
    let word = plain(word);
    names.sort_by(|a, b| {
        strsim::jaro_winkler(&word, &plain(b)).total_cmp(&strsim::jaro_winkler(&word, &plain(a)))
    });
    let (nearest, others) = names.split_at(NEAREST);
    format!("known: {} and {} others", nearest.join(", "), others.len())
}

/// Alternatives in words: `a, b or c`.
pub(super) fn either(words: &[String]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let known = ["api-key", "units", "cache", "message-examples"];
        for (word, expected) in [
            ("api_key", Some("api-key")),
            ("apiKey", Some("api-key")),
            ("unist", Some("units")),
            ("messageExamples", Some("message-examples")),
            ("lore", None),
            ("", None),
        ] {
            assert_eq!(near(word, known), expected, "{word}");
        }
    }

    #[test]
    fn long_lists_are_cut_to_what_is_near() {
        assert_eq!(known("x", &["b", "a"]), "known: a, b");
        let many: Vec<String> = (0..20).map(|i| format!("name-{i}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let text = known("name-7", &many);
        assert!(text.starts_with("known: name-7, ") && text.ends_with(" and 14 others"), "{text}");
    }
}
