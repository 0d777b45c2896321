//! Comparing names a model or a person typed with names that exist.
//!
//! Never by substring: elizaOS 1.7.2 runs `GO` when a model asks for `CARGO`.

/// How much alike two names must be (0 to 1) to be suggested.
const SUGGEST_FROM: f64 = 0.7;

/// How a requested name was found among the candidates. Numbers are positions in the candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameMatch {
    /// A candidate has exactly this name.
    Exact(usize),
    /// A candidate has this name but for case, `_`, `-`, blanks and camelCase joints.
    Normalised(usize),
    /// A candidate lists this name among its similes.
    Simile(usize),
    /// No candidate has this name.
    None {
        /// The most similar name, if one is similar enough to be worth asking about.
        nearest: Option<String>,
    },
}

impl NameMatch {
    /// The position of the candidate found, if any.
    pub fn index(&self) -> Option<usize> {
        match self {
            Self::Exact(index) | Self::Normalised(index) | Self::Simile(index) => Some(*index),
            Self::None { .. } => None,
        }
    }
}

/// The name in lower case without `_`, `-` and blanks: `SEND_MESSAGE`, `sendMessage`
/// and `send message` become `sendmessage`.
pub fn normalise(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-') && !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether two names differ only in case, `_`, `-`, blanks and camelCase joints.
pub fn same_name(a: &str, b: &str) -> bool {
    a == b || normalise(a) == normalise(b)
}

/// Finds the candidate a name means: exact name, else normalised name, else simile
/// (compared normalised). Among equals the first candidate wins.
///
/// Each candidate is its name and its similes.
pub fn match_name<'a, S: AsRef<str> + 'a>(
    requested: &str,
    candidates: impl Iterator<Item = (&'a str, &'a [S])>,
) -> NameMatch {
    let candidates: Vec<_> = candidates.collect();
    if let Some(index) = candidates.iter().position(|(name, _)| *name == requested) {
        return NameMatch::Exact(index);
    }
    let wanted = normalise(requested);
    if wanted.is_empty() {
        return NameMatch::None { nearest: None };
    }
    if let Some(index) = candidates.iter().position(|(name, _)| normalise(name) == wanted) {
        return NameMatch::Normalised(index);
    }
    let has_simile = |similes: &[S]| similes.iter().any(|s| normalise(s.as_ref()) == wanted);
    if let Some(index) = candidates.iter().position(|(_, similes)| has_simile(similes)) {
        return NameMatch::Simile(index);
    }
    NameMatch::None { nearest: nearest(&wanted, &candidates) }
}

/// The name of the candidate that itself, or one of whose similes, is most like `wanted`.
fn nearest<S: AsRef<str>>(wanted: &str, candidates: &[(&str, &[S])]) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    for (name, similes) in candidates {
        let spellings = std::iter::once(*name).chain(similes.iter().map(AsRef::as_ref));
        for spelling in spellings {
            let likeness = strsim::normalized_damerau_levenshtein(wanted, &normalise(spelling));
            if likeness >= SUGGEST_FROM && best.is_none_or(|(most, _)| likeness > most) {
                best = Some((likeness, name));
            }
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// The name of a plugin without npm scope and prefix: `@elizaos/plugin-sql` becomes `sql`.
/// Names without a scope stay as they are, as in elizaOS.
pub fn plugin_name(name: &str) -> &str {
    name.strip_prefix('@')
        .and_then(|scoped| scoped.split_once('/'))
        .filter(|(scope, _)| !scope.is_empty())
        .and_then(|(_, rest)| rest.strip_prefix("plugin-"))
        .filter(|short| !short.is_empty())
        .unwrap_or(name)
}

/// Like [`plugin_name`], and a bare `plugin-` prefix goes too: `plugin-sql` becomes `sql`.
pub fn short_name(name: &str) -> &str {
    let name = plugin_name(name);
    name.strip_prefix("plugin-").filter(|short| !short.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_in_order_of_trust() {
        let candidates: [(&str, &[&str]); 4] = [
            ("REPLY", &["ANSWER", "SEND_MESSAGE"]),
            ("SEND_MESSAGE", &["DM"]),
            ("GO", &[]),
            ("GET_WEATHER", &["FORECAST"]),
        ];
        let none = |nearest: Option<&str>| NameMatch::None { nearest: nearest.map(str::to_owned) };
        let rows = [
            ("REPLY", NameMatch::Exact(0)),
            ("SEND_MESSAGE", NameMatch::Exact(1)),
            ("sendMessage", NameMatch::Normalised(1)),
            ("send message", NameMatch::Normalised(1)),
            ("send-message", NameMatch::Normalised(1)),
            ("answer", NameMatch::Simile(0)),
            ("dm", NameMatch::Simile(1)),
            ("CARGO", none(None)),
            ("GET_WETHER", none(Some("GET_WEATHER"))),
            ("FORCAST", none(Some("GET_WEATHER"))),
            ("", none(None)),
            ("__", none(None)),
        ];
        for (requested, expected) in rows {
            assert_eq!(match_name(requested, candidates.iter().copied()), expected, "{requested}");
        }
    }

    #[test]
    fn short_names() {
        let rows = [
            ("@elizaos/plugin-sql", "sql"),
            ("plugin-sql", "sql"),
            ("sql", "sql"),
            ("plugin-", "plugin-"),
            ("@elizaos/sql", "@elizaos/sql"),
        ];
        for (name, short) in rows {
            assert_eq!(short_name(name), short);
        }
    }
}
