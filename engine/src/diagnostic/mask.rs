//! Secrets do not leave a file through its diagnostics: where one stands, `•` is drawn.

use super::{Code, Diagnostic};
use std::ops::Range;

/// How keys of well known services begin.
pub(crate) const KEY_PREFIXES: [&str; 18] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "AKIA",
    "AIza",
    "hf_",
    "eyJ",
    "gal_",
];
/// Shorter is a word, not a key.
const SHORTEST: usize = 12;
/// Keys of a file are taken for names of secrets where they end with one of these.
const NAMES: [&str; 6] = ["key", "secret", "token", "password", "passwd", "credential"];

/// Whether a text looks like the key of a well known service, a web token or a private key.
#[must_use]
pub fn looks_like_secret(text: &str) -> bool {
    let text = text.trim();
    text.len() >= SHORTEST
        && !text.contains(char::is_whitespace)
        && text.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase())
        && KEY_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
        || text.contains("PRIVATE KEY-----")
}

/// Whether a text is an address with a password in it: `scheme://user:password@host`, or behind the `?`.
pub(crate) fn holds_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.trim().split_once("://") else { return false };
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    if scheme.is_empty() || !scheme.chars().all(is_scheme) || rest.contains(char::is_whitespace) {
        return false;
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = place.split('/').next().and_then(|server| server.rsplit_once('@')).map(|(user, _)| user);
    let of_user = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        // The name of a file, where PostgreSQL is reached.
        name != "sslkey" && NAMES.iter().any(|own| name.ends_with(own))
    };
    let in_query = query.split('&').filter_map(|one| one.split_once('='));
    let mut secrets = in_query.filter(|(name, _)| is_secret(name)).map(|(_, value)| value).chain(of_user);
    secrets.any(|value| !value.is_empty())
}

/// A text with every word covered that looks like a secret, one `•` a character.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    Masked::cover(text, &key_like(text)).text
}

/// A text in which secrets are covered, and where its places went.
pub(super) struct Masked {
    pub(super) text: String,
    /// The new offset of each old one.
    offsets: Vec<usize>,
}

impl Masked {
    /// Covers what these diagnostics hide and what looks like a secret.
    pub(super) fn new<'a>(text: &str, diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> Self {
        let mut hidden: Vec<Range<usize>> = key_like(text);
        for diagnostic in diagnostics {
            hidden.extend(diagnostic.hidden.iter().cloned());
            match (diagnostic.code, &diagnostic.span) {
                (Code::SecretInClear, Some(span)) => hidden.push(span.clone()),
                (Code::InvalidToml | Code::DuplicatePlugin, _) => hidden.extend(values_of_secret_names(text)),
                _ => {}
            }
        }
        Self::cover(text, &hidden)
    }

    fn cover(text: &str, hidden: &[Range<usize>]) -> Self {
        let mut covered = vec![false; text.len()];
        for range in hidden {
            let range = unquoted(text, range.start.min(text.len())..range.end.min(text.len()));
            covered.get_mut(range).into_iter().flatten().for_each(|byte| *byte = true);
        }
        let mut masked =
            Self { text: String::with_capacity(text.len()), offsets: Vec::with_capacity(text.len() + 1) };
        for (offset, c) in text.char_indices() {
            masked.offsets.extend(std::iter::repeat_n(masked.text.len(), c.len_utf8()));
            let keep = matches!(c, '\n' | '\r') || !covered.get(offset).copied().unwrap_or(false);
            masked.text.push(if keep { c } else { '•' });
        }
        masked.offsets.push(masked.text.len());
        masked
    }

    /// Where a place of the original is. Places outside the text are moved to its end.
    pub(super) fn span(&self, span: &Range<usize>) -> Range<usize> {
        let at = |offset: usize| self.offsets.get(offset).copied().unwrap_or(self.text.len());
        let start = at(span.start);
        start..at(span.end).max(start)
    }
}

/// A place without the quotes around it.
fn unquoted(text: &str, span: Range<usize>) -> Range<usize> {
    let Some(inner) = text.get(span.clone()) else {
        return span;
    };
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if inner.len() >= 2 * quote.len() && inner.starts_with(quote) && inner.ends_with(quote) {
            return span.start + quote.len()..span.end - quote.len();
        }
    }
    // An opening quote stays, so that one that is not closed can be seen.
    if inner.starts_with(['"', '\'']) { span.start + 1..span.end } else { span }
}

/// Every word of a text that looks like a secret.
fn key_like(text: &str) -> Vec<Range<usize>> {
    let is_edge = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '[' | ']' | '{' | '}' | '=' | ':' | '/')
    };
    let mut start = 0;
    let mut found = Vec::new();
    for word in text.split(is_edge) {
        if looks_like_secret(word) {
            found.push(start..start + word.len());
        }
        start += word.len();
        start += text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    found
}

/// What stands behind the keys that are called as secrets are. Of invalid TOML nothing says that it is none.
fn values_of_secret_names(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        for (equals, _) in line.match_indices('=') {
            let (before, after) = (&line[..equals], &line[equals + 1..]);
            let key = before.trim_end().trim_end_matches(['"', '\'']).to_ascii_lowercase();
            if NAMES.iter().any(|name| key.ends_with(name)) {
                let start = line_start + line.len() - after.trim_start().len();
                found.push(start..start + value_length(after.trim()));
            }
        }
        line_start += line.len();
    }
    found
}

/// How long the value is that a text begins with; zero for a table, whose keys speak for themselves.
fn value_length(text: &str) -> usize {
    let quoted = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match (quoted, text) {
        (Some(quote), _) if !text.starts_with("\"\"\"") && !text.starts_with("'''") => {
            text.get(1..).and_then(|rest| rest.find(quote)).map_or(text.len(), |end| end + 2)
        }
        (None, table) if table.starts_with('{') => 0,
        (None, bare) => bare.find([',', '}', ' ']).unwrap_or(bare.len()),
        _ => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_words() {
        for (text, secret) in [
            ("sk-proj-abcdef123456", true),
            ("ghp_0123456789abcdef", true),
            ("xoxb-1234-5678-abcd", true),
            ("-----BEGIN PRIVATE KEY-----", true),
            ("sk-learn", false),
            ("sk-is-a-language-code", false),
            ("a sentence with sk-proj-abcdef123456 in it", false),
            ("gpt-5-mini", false),
        ] {
            assert_eq!(looks_like_secret(text), secret, "{text}");
        }
    }

    #[test]
    fn passwords_are_found_in_addresses() {
        for (text, wanted) in [
            ("postgres://ada:hush@db.example/x", true),
            ("https://:hush@db.example", true),
            ("postgres://db/x?sslmode=require&password=hush", true),
            ("https://api.example/v1?api_key=hush", true),
            ("postgres://ada@db.example/x", false),
            ("postgres://ada:@db.example:5432/x", false),
            ("postgres://db/x?sslkey=client.pem&password=", false),
            ("https://example.com/a:b@c", false),
            ("https://example.com:8080/x", false),
            ("write https://user:password@host to it", false),
            ("user:password@host", false),
        ] {
            assert_eq!(holds_password(text), wanted, "{text}");
        }
    }

    #[test]
    fn of_invalid_toml_the_values_of_secret_names_are_covered() {
        for (text, expected) in [
            ("api-key = \"hush", "api-key = \"••••"),
            ("a = { token = 'hush', max-tokens = 5 }", "a = { token = '••••', max-tokens = 5 }"),
            ("\"password\" = hush\r\nx = 1", "\"password\" = ••••\r\nx = 1"),
            ("key = { env = \"X\" }", "key = { env = \"X\" }"),
            ("key = ", "key = "),
        ] {
            let masked = Masked::new(text, &[Diagnostic::error(Code::InvalidToml, "")]);
            assert_eq!(masked.text, expected);
        }
    }

    #[test]
    fn what_is_covered_moves_nothing_else() {
        let text = "a = \"hüsh\"\nb = 'sk-proj-abcdef123456' # c";
        let masked = Masked::cover(text, &[4..11, 16..100]);
        assert!(masked.text.starts_with("a = \"••••\"\n"));
        let masked = Masked::new(text, []);
        assert_eq!(masked.text, "a = \"hüsh\"\nb = '••••••••••••••••••••' # c");
        let comment = text.find('#').unwrap_or_default();
        assert_eq!(masked.text.get(masked.span(&(comment..text.len()))), Some("# c"));
        assert_eq!(masked.span(&(900..1000)), masked.text.len()..masked.text.len());
    }
}
