//! Why a character could not be read or written.

/// Why [`import`](super::import) or [`export`](super::export) refused its input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The text is not JSON.
    #[error("not valid JSON at line {line}, column {column}: {message}")]
    Json {
        /// Line of the mistake, counted from 1.
        line: usize,
        /// Column of the mistake, counted from 1.
        column: usize,
        /// What the reader expected or found.
        message: String,
    },
    /// The JSON holds no character at all.
    #[error(
        "no character in this file: {found}; expected an object with `name` and `bio`, or a list of such objects"
    )]
    NoCharacter {
        /// What is there instead.
        found: String,
    },
    /// An object that should be a character lacks what makes it one.
    #[error("{place} is not an elizaOS character: {problem}")]
    NotACharacter {
        /// Which object, by its JSON path; `the file` for the whole of it.
        place: String,
        /// What is missing or of the wrong type, and what is expected.
        problem: String,
    },
    /// The character file to export is not valid TOML.
    #[error("not valid TOML: {message}")]
    Toml {
        /// What the TOML reader says, with line and column.
        message: String,
    },
    /// The character file to export has no name.
    #[error("the character file has no `name`; add `name = \"…\"` at its top")]
    NoName,
}
