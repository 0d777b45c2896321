//! Whether a text says yes or no, and nothing else.

/// Texts that say yes, in the form that [`plain`] gives.
const YES: &[&str] = &[
    "y",
    "yes",
    "yes do",
    "yes do it",
    "yes go ahead",
    "yes you may",
    "yeah",
    "yep",
    "yup",
    "yes yes",
    "ok",
    "okay",
    "k",
    "sure",
    "fine",
    "of course",
    "go",
    "go ahead",
    "go on",
    "do it",
    "do that",
    "please do",
    "you may",
    "allow",
    "allow it",
    "i allow it",
    "allowed",
    "approve",
    "approve it",
    "i approve",
    "approved",
    "confirm",
    "confirmed",
    "granted",
    "agreed",
    "i agree",
    "yes sure",
    "yes ok",
    "sounds good",
    "ja",
    "oui",
    "sí",
    "si",
    "да",
    "はい",
    "是",
    "👍",
];

/// Texts that say no.
const NO: &[&str] = &[
    "n",
    "no",
    "nope",
    "nah",
    "no no",
    "no don't",
    "no do not",
    "no way",
    "not now",
    "never",
    "don't",
    "do not",
    "don't do it",
    "do not do it",
    "don't do that",
    "do not do that",
    "you may not",
    "stop",
    "cancel",
    "cancel it",
    "deny",
    "deny it",
    "denied",
    "i deny it",
    "refuse",
    "refused",
    "reject",
    "rejected",
    "forbid",
    "forbidden",
    "disallow",
    "decline",
    "declined",
    "i disagree",
    "better not",
    "nein",
    "non",
    "нет",
    "いいえ",
    "不",
    "👎",
];

/// Words around an answer that change nothing.
const POLITE: &[&str] = &["please", "thanks", "thank you", "pls"];

/// `Some(true)` for a clear yes, `Some(false)` for a clear no; `None` for whatever says more or something else.
/// Case, punctuation, politeness and `name`, the one who is answered, do not matter.
#[must_use]
pub fn read_consent(text: &str, name: &str) -> Option<bool> {
    let said = plain(text);
    let mut said = said.as_str();
    let name = plain(name);
    let around: Vec<&str> =
        POLITE.iter().copied().chain([name.as_str()]).filter(|word| !word.is_empty()).collect();
    loop {
        // The whole may be an answer though a part of it is politeness: `please do`.
        if YES.contains(&said) {
            return Some(true);
        }
        if NO.contains(&said) {
            return Some(false);
        }
        let shorter = around.iter().find_map(|word| {
            said.strip_prefix(word)
                .and_then(|rest| rest.strip_prefix(' '))
                .or_else(|| said.strip_suffix(word).and_then(|rest| rest.strip_suffix(' ')))
        });
        said = shorter?;
    }
}

/// Lower case, single blanks, no punctuation but apostrophes within words.
fn plain(text: &str) -> String {
    let kept = text.to_lowercase().replace('’', "'");
    // A modifier of skin colour or form belongs to the picture before it.
    let kept = kept.replace(|c: char| ('\u{1F3FB}'..='\u{1F3FF}').contains(&c) || c == '\u{FE0F}', "");
    let sign = |c: char| !(c.is_alphanumeric() || c == '\'' || c == '👍' || c == '👎');
    let words: Vec<&str> =
        kept.split(sign).map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_is_one() {
        for (text, wanted) in [
            ("yes", Some(true)),
            ("Yes!", Some(true)),
            (" YES, please. ", Some(true)),
            ("y", Some(true)),
            ("ok", Some(true)),
            ("OK, go ahead", None),
            ("Go ahead, Ada.", Some(true)),
            ("Ada: yes", Some(true)),
            ("ada, please do", Some(true)),
            ("@Ada yes", Some(true)),
            ("👍", Some(true)),
            ("👍🏽", Some(true)),
            ("no", Some(false)),
            ("No, thanks", Some(false)),
            ("No, don’t!", Some(false)),
            ("don't", Some(false)),
            ("stop", Some(false)),
            ("👎", Some(false)),
            ("", None),
            ("?!", None),
            ("Ada", None),
            ("please", None),
            ("yes and no", None),
            ("yes, but only half of it", None),
            ("no idea", None),
            ("not yes", None),
            ("yesterday", None),
            ("nobody", None),
            ("Is that ok?", None),
        ] {
            assert_eq!(read_consent(text, "Ada"), wanted, "{text:?}");
        }
        assert_eq!(read_consent("yes", ""), Some(true));
    }
}
