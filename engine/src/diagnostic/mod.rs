//! What is wrong, where it stands, and what to do about it.
//!
//! A [`Diagnostic`] is data: a [`Code`], a title, the place in a file, help. [`render`] draws it as rustc draws
//! its own, [`to_json`] gives it to programs, [`Report`] collects all of a run, `galatea explain` shows the
//! long text of a code. `build.rs`, `galatea check` and loading use the same ones.

mod code;
mod json;
mod mask;
mod render;

pub use code::Code;
pub use json::to_json;
pub(crate) use mask::{KEY_PREFIXES, holds_password};
pub use mask::{looks_like_secret, without_secrets};
pub use render::{render, render_all};

use serde::Serialize;
use std::{ops::Range, sync::Arc};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Nothing starts until it is mended.
    Error,
    /// Probably not what was meant; it starts all the same.
    Warning,
}

/// A file that diagnostics point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as it was given, shown in `--> path:line:column`.
    pub path: String,
    /// The text.
    pub text: Arc<str>,
}

impl Source {
    /// A place as it is shown: within the text, between characters, and never on the empty line behind the last one.
    fn shown(&self, span: &Range<usize>) -> Range<usize> {
        let text: &str = &self.text;
        let last = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text)).len();
        let end = text.floor_char_boundary(span.end.min(text.len()));
        let start = text.floor_char_boundary(span.start.min(end));
        if start == text.len() { last..last } else { start..end }
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which kind of mistake.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The mistake in one line, without a full stop: ``unknown plugin `wether` ``.
    pub title: String,
    /// The place: a range of bytes of the source; `None` where it is about no place in particular.
    pub span: Option<Range<usize>>,
    /// What stands beside the mark: ``did you mean `weather`?``
    pub label: String,
    /// Other places that matter, each with what stands beside it.
    pub related: Vec<(Range<usize>, String)>,
    /// What to do, what is known; each stands on lines of its own.
    pub help: Vec<String>,
    /// Places whose text is a secret: drawn as `•`, whatever the diagnostic is about.
    pub hidden: Vec<Range<usize>>,
}

impl Diagnostic {
    /// An error without place, label or help.
    #[must_use]
    pub fn error(code: Code, title: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            title: title.into(),
            span: None,
            label: String::new(),
            related: Vec::new(),
            help: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// The same at a place, with what stands beside the mark.
    #[must_use]
    pub fn at(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.span = Some(span);
        self.label = label.into();
        self
    }

    /// The same with another place.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// The same with one more help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same with a place whose text is a secret.
    #[must_use]
    pub fn hiding(mut self, span: Range<usize>) -> Self {
        self.hidden.push(span);
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

/// The diagnostics of one file, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The file.
    pub source: Source,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Whether anything keeps the file from being used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}
