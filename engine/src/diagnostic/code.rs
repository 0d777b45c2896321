//! The codes of diagnostics. Their long texts stand in `explain/`, one file a code.

use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal;)+) => {
        /// Which kind of mistake a diagnostic is about; `galatea explain GAL0001` tells more. Serialised as its id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: [Self; [$($id),+].len()] = [$(Self::$name),+];

            /// The id, e.g. `GAL0001`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$name => $id,)+
                }
            }

            /// What it is about, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)+
                }
            }

            /// The long text, as Markdown: what it means, an example, what to write instead, and why.
            #[must_use]
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("explain/", $id, ".md")),)+
                }
            }
        }
    };
}

codes! {
    /// GAL0001: the file is not valid TOML.
    InvalidToml = "GAL0001", "the file is not valid TOML";
    /// GAL0002: no such plugin in this build.
    UnknownPlugin = "GAL0002", "no such plugin in this build";
    /// GAL0003: no such key.
    UnknownKey = "GAL0003", "no such key";
    /// GAL0004: a value of the wrong type.
    WrongType = "GAL0004", "a value of the wrong type";
    /// GAL0005: a value that is none of those allowed.
    WrongValue = "GAL0005", "a value that is none of those allowed";
    /// GAL0006: a required key is missing.
    MissingKey = "GAL0006", "a required key is missing";
    /// GAL0007: a plugin needs one that the character does not select.
    MissingDependency = "GAL0007", "a plugin needs one that the character does not select";
    /// GAL0008: plugins need each other in a circle.
    DependencyCycle = "GAL0008", "plugins need each other in a circle";
    /// GAL0009: a plugin of another version is wanted.
    VersionClash = "GAL0009", "a plugin of another version is wanted";
    /// GAL0010: a plugin stands twice.
    DuplicatePlugin = "GAL0010", "a plugin stands twice";
    /// GAL0011: a plugin needs a permission that the character does not grant.
    UngrantedPermission = "GAL0011", "a plugin needs a permission that the character does not grant";
    /// GAL0012: a secret stands in clear.
    SecretInClear = "GAL0012", "a secret stands in clear";
    /// GAL0013: nothing, or more than one plugin, serves a model kind that is needed.
    Capability = "GAL0013", "nothing, or more than one plugin, serves a model kind that is needed";
    /// GAL0014: a secret cannot be read.
    UnreadableSecret = "GAL0014", "a secret cannot be read";
    /// GAL0015: the build's plugins do not make a registry.
    BrokenRegistry = "GAL0015", "the build's plugins do not make a registry";
    /// GAL0016: the file cannot be read.
    UnreadableFile = "GAL0016", "the file cannot be read";
    /// GAL0017: a grant that has no effect.
    UselessGrant = "GAL0017", "a grant that has no effect";
    /// GAL0018: what was linked is not what the build checked.
    LinkMismatch = "GAL0018", "what was linked is not what the build checked";
    /// GAL0019: a plugin could not be loaded.
    PluginRefused = "GAL0019", "a plugin could not be loaded";
}

impl Code {
    /// The code that somebody means: `GAL0001`, `gal1`, `1`. `None` if there is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        let digits = text.strip_prefix("GAL").unwrap_or(&text).trim_start_matches('-');
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let id = format!("GAL{:0>4}", digits.trim_start_matches('0'));
        Self::ALL.into_iter().find(|code| code.id() == id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_found_however_they_are_written() {
        for (text, code) in [
            ("GAL0001", Some(Code::InvalidToml)),
            ("gal12", Some(Code::SecretInClear)),
            (" 0019 ", Some(Code::PluginRefused)),
            ("1", Some(Code::InvalidToml)),
            ("GAL", None),
            ("0", None),
            ("99", None),
            ("GALA", None),
        ] {
            assert_eq!(Code::parse(text), code, "{text}");
        }
    }

    #[test]
    fn ids_count_up_and_every_code_is_explained() {
        for (number, code) in Code::ALL.into_iter().enumerate() {
            assert_eq!(code.id(), format!("GAL{:04}", number + 1));
            assert_eq!(serde_json::json!(code), code.id());
            let first = code.explanation().lines().next();
            assert_eq!(first, Some(format!("# {}: {}", code.id(), code.title()).as_str()));
        }
    }
}
