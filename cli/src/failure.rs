//! What went wrong, and what to do about it.

use galatea::{
    agent::StartError,
    build::Bundled,
    diagnostic::{Code, Diagnostic, Report, Source},
    registry::RegistryError,
};
use std::{fmt::Display, sync::Arc};

/// Why a command could not do what it was asked. It ends with code 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// One thing is wrong.
    #[error("{what}")]
    One {
        /// What, in one line without a full stop.
        what: String,
        /// What to do.
        help: Vec<String>,
    },
    /// Something is wrong with files.
    #[error("something is wrong with a file")]
    Reports(Vec<Report>),
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self::One { what: what.into(), help: Vec::new() }
    }

    /// The same with one more advice.
    #[must_use]
    pub(crate) fn help(mut self, advice: impl Into<String>) -> Self {
        if let Self::One { help, .. } = &mut self {
            help.push(advice.into());
        }
        self
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(deed: &str, path: &std::path::Path, why: impl Display) -> Self {
        Self::new(format!("`{}` cannot be {deed}: {why}", path.display()))
    }

    /// A name that nothing has.
    pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let failure = Self::new(format!("there is no {what} `{name}`"));
        let failure = match nearest(name, &known) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure,
        };
        failure.help(format!("there are: {}", known.join(", ")))
    }

    /// One mistake that is in no file.
    pub(crate) fn diagnostic(place: &str, diagnostic: Diagnostic) -> Self {
        let source = Source { path: place.to_owned(), text: Arc::from("") };
        Self::Reports(vec![Report { source, diagnostics: vec![diagnostic] }])
    }

    /// The plugins of this build do not make a registry.
    pub(crate) fn registry(errors: &[RegistryError]) -> Self {
        let source = Source { path: "src/linked.rs".to_owned(), text: Arc::from("") };
        let diagnostics =
            errors.iter().map(|error| Diagnostic::error(Code::BrokenRegistry, error.to_string())).collect();
        Self::Reports(vec![Report { source, diagnostics }])
    }

    /// An agent did not start.
    pub(crate) fn start(name: &str, error: &StartError) -> Self {
        let failure = Self::new(format!("{name} does not start: {error}"));
        match error {
            StartError::Refused { help, .. } => {
                let what =
                    error.to_string().trim_end_matches(help.as_str()).trim_end_matches("; ").to_owned();
                Self::new(format!("{name} does not start: {what}"))
                    .help(help.clone())
                    .help(format!("`galatea explain {}` tells more", Code::PluginRefused))
            }
            StartError::NotLinked(_) => {
                failure.help("build the program with this plugin, or take it out of the character")
            }
            _ => failure,
        }
    }
}

/// The known name that is most like the one that was typed.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let none: &[&str] = &[];
    let candidates = known.iter().map(|known| (*known, none));
    match galatea::text::name::match_name(name, candidates) {
        galatea::text::name::NameMatch::None { nearest } => {
            known.iter().copied().find(|known| Some(*known) == nearest.as_deref())
        }
        found => found.index().and_then(|index| known.get(index)).copied(),
    }
}

/// The names of bundled characters, in a form for messages.
pub(crate) fn names(characters: &'static [Bundled]) -> impl Iterator<Item = &'static str> {
    characters.iter().map(|character| character.name)
}
