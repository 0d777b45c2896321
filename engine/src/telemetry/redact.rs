//! What nobody may see in logs, traces and kept prompts: secrets of plugins' configs, wherever they stand, and what looks
//! like a secret by its shape or by the name before it.
//!
//! Who writes a text somewhere asks [`redact`]; the layers of this module, and those of the command line, do so by
//! themselves. It is a net below the engine's own care ([`Secret`](crate::character::Secret) is never shown), not in its place.

use crate::diagnostic::KEY_PREFIXES;
use regex::{Captures, Regex};
use serde_json::Value;
use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{LazyLock, PoisonError, RwLock},
};
use zeroize::Zeroizing;

/// What stands in the place of a secret.
const COVER: &str = "[secret]";
/// Shorter secrets stand in ordinary words; they are not looked for.
const SHORTEST: usize = 4;
/// So many secrets are remembered, the newest ones: those of plugins that were configured anew come on top.
const MOST: usize = 1000;

/// How names of secrets end, in lower case and with `-` for `_`.
const NAMES: [&str; 13] = [
    "authorization",
    "cookie",
    "apikey",
    "-key",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "credential",
    "credentials",
    "x-auth",
    "signature",
];

/// Names that end so too and hold no secret.
const HARMLESS: [&str; 7] =
    ["cache-key", "foreign-key", "idempotency-key", "partition-key", "primary-key", "public-key", "sort-key"];

/// The texts of the secrets that were read in this process, each in the forms in which it may be written.
static KNOWN: RwLock<VecDeque<Zeroizing<String>>> = RwLock::new(VecDeque::new());

/// Remembers a secret, so that it is covered wherever it is written.
pub(crate) fn remember(secret: &str) {
    let text = secret.trim();
    if text.len() < SHORTEST {
        return;
    }
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let forms = [text.to_owned(), quoted.trim_matches('"').to_owned(), percent(text)];
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for form in forms.map(Zeroizing::new) {
        // One that is read again is in use: it counts as new.
        known.retain(|old| *old != form);
        known.push_back(form);
    }
    let surplus = known.len().saturating_sub(MOST);
    known.drain(..surplus);
}

/// As it stands in a URL.
fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let written = text.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    written.collect()
}

/// Whether a field, header, parameter or key of this name holds a secret: `authorization`, `api_key`, `access-token` …
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    NAMES.iter().any(|end| name.ends_with(end)) && !HARMLESS.iter().any(|end| name.ends_with(end))
}

/// The text without secrets: `[secret]` stands in the place of each. Covered are the secrets that this process has read
/// for plugins' configs, keys of well known services, web tokens and private keys, passwords in URLs, and what follows a name
/// such as `authorization:` or `api_key=`.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut text = without_known(text);
    // Most texts have nothing of the kind.
    if !SUSPECT.as_ref().is_some_and(|suspect| suspect.is_match(&text)) {
        return text;
    }
    for (pattern, cover) in PATTERNS.iter() {
        let covered = match pattern.replace_all(&text, cover) {
            Cow::Owned(covered) => covered,
            Cow::Borrowed(_) => continue,
        };
        text = Cow::Owned(covered);
    }
    text
}

/// The same in every text of a JSON value, and whole where a key is a secret's name and its value a text.
pub fn redact_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(covered) = redact(text) {
                *text = covered;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact_json),
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(text) if is_secret_name(name) && !text.is_empty() => {
                        COVER.clone_into(text);
                    }
                    value => redact_json(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn without_known(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let mut found: Vec<&str> =
        known.iter().map(|secret| secret.as_str()).filter(|secret| text.contains(secret)).collect();
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    // One may be the beginning of another.
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let covered = found.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret, COVER));
    Cow::Owned(covered)
}

/// What stands in every text in which one of the patterns may find something.
static SUSPECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "authoriz|cookie|key|secret|passw|passphrase|token|credential|x-auth|signature|://|bearer|basic|begin|[?&](?:sig|code|auth)=";
    let prefixes: Vec<String> = KEY_PREFIXES.iter().map(|prefix| regex::escape(prefix)).collect();
    Regex::new(&format!("(?i-u:{words}|{})", prefixes.join("|"))).ok()
});

type Cover = fn(&Captures<'_>) -> String;

/// What looks like a secret, and what stands there instead.
static PATTERNS: LazyLock<Vec<(Regex, Cover)>> = LazyLock::new(|| {
    let prefixes: Vec<String> = KEY_PREFIXES.iter().map(|prefix| regex::escape(prefix)).collect();
    let key = format!(r"(?-u:\b)(?:{})[A-Za-z0-9_.-]+", prefixes.join("|"));
    // A name may be quoted, and quoted once more within a text.
    let names = r#"((?i-u:[a-z0-9_.-]*(?:api[_-]?key|[_-]key|secret|password|passwd|passphrase|token|credentials?|x-auth|signature)))(\\?["']?[ \t]*[:=][ \t]*)(\\?["']?)([^"'\\&,;()\[\]{}<> \t\r\n]+)"#;
    let headers = r#"((?i-u:[a-z0-9_-]*(?:authorization|cookie))\\?["']?[ \t]*[:=][ \t]*\\?["']?)([^"'\\\r\n{}\[\] \t][^"'\\\r\n{}\[\]]*)"#;
    let all: [(&str, Cover); 7] = [
        (r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)", |_| {
            COVER.to_owned()
        }),
        (r"([a-zA-Z][a-zA-Z0-9+.-]*://[^/?#@: \t\r\n]*):[^/?#@ \t\r\n]+@", |found| {
            format!("{}:{COVER}@", &found[1])
        }),
        (headers, |found| format!("{}{COVER}", &found[1])),
        (r"([?&](?i-u:key|sig|code|auth)=)[^&# \t\r\n]+", |found| format!("{}{COVER}", &found[1])),
        (names, |found| {
            let value = &found[4];
            // Words such as these say how something stands, and are no secrets.
            let harmless = ["is", "not", "true", "false", "null", "none", "None", COVER].contains(&value);
            if harmless || !is_secret_name(&found[1]) {
                found[0].to_owned()
            } else {
                format!("{}{}{}{COVER}", &found[1], &found[2], &found[3])
            }
        }),
        (r"((?i-u:(?-u:\b)(?:bearer|basic)))[ ]+([A-Za-z0-9._~+/=-]{8,})", |found| {
            let like_a_key = found[2].contains(|c: char| c.is_ascii_digit() || matches!(c, '=' | '_' | '+'));
            if like_a_key { format!("{} {COVER}", &found[1]) } else { found[0].to_owned() }
        }),
        (&key, |found| {
            let text = &found[0];
            if crate::diagnostic::looks_like_secret(text) { COVER.to_owned() } else { text.to_owned() }
        }),
    ];
    // A pattern that is none is a mistake above, which the test below finds.
    all.into_iter().filter_map(|(pattern, cover)| Some((Regex::new(pattern).ok()?, cover))).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_covered_and_words_are_not() {
        assert_eq!(PATTERNS.len(), 7, "every pattern is one");
        remember("hunter2 & co");
        for (text, expected) in [
            ("the password is hunter2 & co, I think", "the password is [secret], I think"),
            ("?p=hunter2%20%26%20co", "?p=[secret]"),
            ("postgres://ada:s3cret@db:5432/galatea", "postgres://ada:[secret]@db:5432/galatea"),
            ("http://localhost:3000/a/@me", "http://localhost:3000/a/@me"),
            ("Authorization: Bearer abc.def-123", "Authorization: [secret]"),
            (
                "headers: {\"authorization\": \"Basic YWRhOmh1c2g=\"}",
                "headers: {\"authorization\": \"[secret]\"}",
            ),
            (r#"{\"x-api-key\":\"abc123\"}"#, r#"{\"x-api-key\":\"[secret]\"}"#),
            ("cookie=a=b; session=c", "cookie=[secret]"),
            ("sent with bearer abcdefgh12345", "sent with bearer [secret]"),
            ("a basic understanding", "a basic understanding"),
            ("GET /v1?key=abc&x=1", "GET /v1?key=[secret]&x=1"),
            ("access_token=abc&x=1", "access_token=[secret]&x=1"),
            ("(sk-proj-abcdef123456)", "([secret])"),
            ("sk-learn is a library", "sk-learn is a library"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[secret]"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----!", "[secret]!"),
            ("512 tokens: 3 used, token is not set", "512 tokens: 3 used, token is not set"),
            ("password: not set", "password: not set"),
            ("idempotency-key: abc-def", "idempotency-key: abc-def"),
            ("", ""),
        ] {
            assert_eq!(redact(text), expected);
            assert_eq!(redact(expected), expected, "twice is once");
        }
    }

    #[test]
    fn json_is_covered_by_names_too() {
        let mut value = serde_json::json!({
            "api_key": "abc", "max-tokens": 5, "text": "password=abc", "inner": [{ "Set-Cookie": "a=b" }],
            "token": { "type": "string" }, "password": "",
        });
        redact_json(&mut value);
        let expected = serde_json::json!({
            "api_key": "[secret]", "max-tokens": 5, "text": "password=[secret]", "inner": [{ "Set-Cookie": "[secret]" }],
            "token": { "type": "string" }, "password": "",
        });
        assert_eq!(value, expected);
    }
}
