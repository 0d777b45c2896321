//! Secrets: a character file says where one is, never what it is.

mod resolve;
mod shown;

pub(crate) use resolve::plain_secrets;
pub use resolve::{SecretError, resolve, resolve_config};
pub use shown::{masked_config, unmasked_config};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use std::{borrow::Cow, fmt};
use zeroize::Zeroizing;

/// The key that marks the schema of a secret.
pub(super) const SECRET_MARK: &str = "x-secret";

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Reference {
    /// In the environment: `{ env = "WEATHER_API_KEY" }`.
    Env(EnvReference),
    /// In a file: `{ file = "/run/secrets/weather" }`.
    File(FileReference),
    /// What a program prints: `{ command = ["pass", "show", "weather"] }`.
    Command(CommandReference),
}

/// A secret in the environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvReference {
    /// The environment variable that holds it; blank counts as unset.
    #[schemars(length(min = 1))]
    pub env: String,
}

/// A secret in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileReference {
    /// The file that holds it, relative to the character file; line breaks at its end do not count.
    #[schemars(length(min = 1))]
    pub file: String,
}

/// A secret that a program prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandReference {
    /// The program that prints it, and its arguments; no shell reads them. It has ten seconds.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
}

impl Reference {
    /// The secret in this environment variable.
    #[must_use]
    pub fn env(name: impl Into<String>) -> Self {
        Self::Env(EnvReference { env: name.into() })
    }

    /// The secret in this file.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self::File(FileReference { file: path.into() })
    }

    /// The secret that this program prints.
    #[must_use]
    pub fn command(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Command(CommandReference { command: words.into_iter().map(Into::into).collect() })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(EnvReference { env }) => write!(f, "environment variable `{env}`"),
            Self::File(FileReference { file }) => write!(f, "file `{file}`"),
            Self::Command(CommandReference { command }) => {
                write!(f, "command `{}`", command.first().map_or("", String::as_str))
            }
        }
    }
}

/// A secret as a field of a config: a key, a password, a token.
///
/// The character file holds a [`Reference`]; before a plugin reads its config, [`resolve_config`] puts the text
/// in its place. Neither `Debug` nor `Display` nor an error shows the text; it is wiped from memory on drop.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret {
    text: Zeroizing<String>,
    reference: Option<Reference>,
}

impl Secret {
    /// A secret whose text is known.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), reference: None }
    }

    /// The text, for the one call that needs it. Empty where the secret was not resolved.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether the text is there.
    #[must_use]
    pub fn is_resolved(&self) -> bool {
        !self.text.is_empty()
    }

    /// Where it is, if that is known.
    #[must_use]
    pub const fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl From<Reference> for Secret {
    fn from(reference: Reference) -> Self {
        Self { text: Zeroizing::default(), reference: Some(reference) }
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.reference {
            Some(reference) => reference.serialize(serializer),
            None => Err(serde::ser::Error::custom("a secret is not written; write the reference to it")),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// Takes the text itself or a reference to it. The errors are fixed texts: they never quote the value.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a secret must be a reference, such as `{ env = \"API_KEY\" }`";
        match Value::deserialize(deserializer).map_err(|_| de::Error::custom(EXPECTED))? {
            Value::String(text) => Ok(Self::new(text)),
            value @ Value::Object(_) => match serde_json::from_value::<Reference>(value) {
                Ok(reference) => Ok(reference.into()),
                Err(_) => Err(de::Error::custom(EXPECTED)),
            },
            _ => Err(de::Error::custom(EXPECTED)),
        }
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Secret").into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Reference::json_schema(generator);
        schema.insert("description".to_owned(), "Where a secret is; never the secret itself.".into());
        schema.insert(SECRET_MARK.to_owned(), true.into());
        schema
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    struct Config {
        #[allow(dead_code, reason = "only read")]
        key: Secret,
    }

    #[test]
    fn references_are_read_and_written() {
        for (json, reference, shown) in [
            (json!({ "env": "X" }), Reference::env("X"), "environment variable `X`"),
            (json!({ "file": "/run/x" }), Reference::file("/run/x"), "file `/run/x`"),
            (json!({ "command": ["pass", "x"] }), Reference::command(["pass", "x"]), "command `pass`"),
        ] {
            assert_eq!(serde_json::from_value::<Reference>(json.clone()).unwrap(), reference);
            let secret: Secret = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(secret.reference(), Some(&reference));
            assert!(!secret.is_resolved());
            assert_eq!(serde_json::to_value(&secret).unwrap(), json);
            assert_eq!(reference.to_string(), shown);
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret: Secret = serde_json::from_value(json!("sk-hush")).unwrap();
        assert_eq!(secret.expose(), "sk-hush");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), "[secret] [secret] Some([secret])");
        assert!(!serde_json::to_string(&secret).unwrap_err().to_string().contains("hush"));
        for bad in [
            json!({ "value": "hush" }),
            json!(["hush"]),
            json!(4_711),
            json!({ "env": ["hush"] }),
            json!(null),
        ] {
            let error = serde_json::from_value::<Config>(json!({ "key": bad })).unwrap_err().to_string();
            assert!(error.starts_with("a secret must be a reference"), "{error}");
            assert!(!error.contains("hush") && !error.contains("4711"), "{error}");
        }
    }
}
