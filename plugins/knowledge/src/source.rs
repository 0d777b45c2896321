//! Where documents come from: what a source means as it is written, and how it is named.

use crate::read::Format;
use std::path::{Component, Path, PathBuf};

/// What somebody means by a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The text itself.
    Text {
        /// What it says.
        text: String,
        /// What it is called.
        title: Option<String>,
    },
    /// A file, a folder or a pattern.
    Path(String),
    /// An address.
    Url(String),
}

/// What is meant by a text alone: an address, a path if it is written like one, else a text.
pub(crate) fn meaning(written: &str) -> Meaning {
    let plain = written.trim();
    let lower = plain.to_ascii_lowercase();
    if !plain.contains(char::is_whitespace) && (lower.starts_with("http://") || lower.starts_with("https://"))
    {
        return Meaning::Url(plain.to_owned());
    }
    if is_path(plain) {
        return Meaning::Path(plain.to_owned());
    }
    Meaning::Text { text: written.to_owned(), title: None }
}

fn is_path(plain: &str) -> bool {
    if plain.is_empty() || plain.contains('\n') {
        return false;
    }
    let begins = ["./", "../", "/"].iter().any(|start| plain.starts_with(start));
    let pattern = is_pattern(plain) && !plain.contains(char::is_whitespace) && plain.contains(['/', '.']);
    begins || plain.ends_with('/') || pattern || Format::of_name(plain).is_some()
}

/// Whether a path is a pattern.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// The part of a path that is no pattern: a folder, or the whole path.
pub(crate) fn fixed_part(path: &Path) -> PathBuf {
    path.components().take_while(|part| !is_pattern(&part.as_os_str().to_string_lossy())).collect()
}

/// What must be granted so that a path can be read.
pub(crate) fn granted(path: &str) -> String {
    let fixed = normal(&fixed_part(Path::new(path)));
    if fixed.as_os_str().is_empty() { ".".to_owned() } else { fixed.to_string_lossy().into_owned() }
}

/// A path without `.`, and without `..` where something stands before it.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// How a file is called: by its path below the base, with slashes; else by its whole path.
pub(crate) fn name(base: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(base).unwrap_or(path);
    let parts: Vec<_> = inner.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    if inner.is_absolute() { path.to_string_lossy().into_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_it_is_written_says_what_is_meant() {
        for (written, path) in [
            ("docs/handbook.md", true),
            ("handbook.PDF", true),
            ("docs/", true),
            ("./LICENSE", true),
            ("../shared/notes", true),
            ("notes/**/*.md", true),
            ("*.md", true),
            ("my notes/hand book.txt", true),
            ("LICENSE", false),
            ("Dogs are welcome.", false),
            ("What? Nothing * special.", false),
            ("Breakfast is from 7:30 to 10.", false),
            ("Two\nlines.md", false),
            ("see https://example.com/a", false),
            ("", false),
        ] {
            assert_eq!(matches!(meaning(written), Meaning::Path(_)), path, "{written}");
        }
        for url in ["https://example.com", " HTTP://example.com/a.md "] {
            assert_eq!(meaning(url), Meaning::Url(url.trim().to_owned()));
        }
    }

    #[test]
    fn what_is_granted_is_what_is_no_pattern() {
        for (path, wanted) in [
            ("docs/", "docs"),
            ("./docs/../docs/a.md", "docs/a.md"),
            ("notes/**/*.md", "notes"),
            ("**/*.md", "."),
            ("../shared", "../shared"),
            ("/srv/a.md", "/srv/a.md"),
        ] {
            assert_eq!(granted(path), wanted, "{path}");
        }
    }
}
