//! The report of an import or export: one note a leaf.

use std::fmt;

/// What became of one leaf of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Path of the leaf in the source, like `settings.secrets.OPENAI_API_KEY` or
    /// `messageExamples[0][1].content.text`.
    pub path: String,
    /// What was done with it.
    pub outcome: Outcome,
}

/// What was done with one leaf of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It has a place of its own and was written there unchanged.
    Mapped {
        /// Path in the result.
        to: String,
    },
    /// It was written in another form.
    Converted {
        /// Path in the result.
        to: String,
        /// How it changed, or what to do now.
        how: String,
    },
    /// It has no place in a character file and is kept unchanged under `[imported]`.
    KeptAsImported {
        /// Path in the result, beginning with `imported`.
        to: String,
    },
    /// It has no effect in the result.
    Unsupported {
        /// The reason.
        why: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.outcome)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mapped { to } => write!(f, "written to {to}"),
            Self::Converted { to, how } => write!(f, "written to {to}; {how}"),
            Self::KeptAsImported { to } => write!(f, "kept as {to}"),
            Self::Unsupported { why } => write!(f, "not supported: {why}"),
        }
    }
}
