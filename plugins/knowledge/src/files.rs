//! The files that the plugin may read, and finds.

use crate::{
    read::Format,
    source::{fixed_part, is_pattern, name, normal},
};
use galatea::{agent::Agent, character::Knowledge as Named, definition::PermissionKind};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Why the files of a source cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Nothing is there.
    #[error("`{0}` is not there; if this is a text, write `{{ text = \"…\" }}`")]
    NotFound(String),
    /// The character does not grant it.
    #[error(
        "plugin `{plugin}` may not read `{path}`; grant it in the character: [grants.{plugin}] filesystem = [\"{path}\"]"
    )]
    NotGranted {
        /// The plugin.
        plugin: &'static str,
        /// The path.
        path: String,
    },
    /// The pattern is none.
    #[error("`{pattern}` is not a pattern: {why}")]
    Pattern {
        /// As it was written.
        pattern: String,
        /// Why.
        why: String,
    },
    /// The system does not give it.
    #[error("`{path}` cannot be read: {why}")]
    Io {
        /// The path.
        path: String,
        /// Why.
        why: String,
    },
}

impl FileError {
    /// Nothing is there, as opposed to something that cannot be read now.
    pub(crate) const fn is_gone(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }
}

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// How it is called.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// Which files may be read.
#[derive(Debug)]
pub(crate) struct Reach {
    plugin: &'static str,
    base: PathBuf,
    everything: bool,
    granted: Vec<PathBuf>,
}

impl Reach {
    /// What the character grants the plugin, and what its `knowledge` names itself.
    pub(crate) fn of(agent: &Agent, plugin: &'static str) -> Self {
        let base = base(agent);
        let character = agent.character();
        let scopes = character.grants.get(plugin).map(|grants| grants.scopes(PermissionKind::Filesystem));
        let scopes: Vec<String> = scopes.unwrap_or_default().to_vec();
        let named = character.knowledge.iter().filter_map(|named| match named {
            Named::Text(_) => None,
            Named::File(file) => Some(&file.path),
            Named::Folder(folder) => Some(&folder.directory),
        });
        let granted = scopes.iter().chain(named).map(|scope| real(&base.join(scope))).collect();
        Self { plugin, base, everything: scopes.iter().any(|scope| scope == "*"), granted }
    }

    /// Refuses what is not granted; links count as what they point to.
    fn check(&self, path: &Path) -> Result<(), FileError> {
        let real = real(path);
        if self.everything || self.granted.iter().any(|granted| real.starts_with(granted)) {
            return Ok(());
        }
        Err(FileError::NotGranted { plugin: self.plugin, path: name(&self.base, path) })
    }

    /// The files of a path: itself, those below a folder that are documents by their names, those that fit a pattern. Sorted;
    /// hidden files and links within folders are left out.
    pub(crate) fn files(&self, path: &str) -> Result<Vec<Found>, FileError> {
        let whole = normal(&self.base.join(path));
        let fixed = fixed_part(&whole);
        self.check(&fixed)?;
        let metadata = match fixed.metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(FileError::NotFound(path.to_owned()));
            }
            Err(error) => return Err(unreadable(path, &error)),
        };
        if metadata.is_file() {
            return Ok(vec![self.found(fixed)]);
        }
        let pattern = is_pattern(path).then(|| pattern(&whole)).transpose()?;
        let fits = |entry: &DirEntry| match &pattern {
            Some(pattern) => pattern.matches_path_with(entry.path(), OPTIONS),
            None => Format::of_name(&entry.file_name().to_string_lossy()).is_some(),
        };
        let visible = |entry: &DirEntry| entry.depth() == 0 || !is_hidden(entry);
        let mut found = Vec::new();
        for entry in WalkDir::new(&fixed).sort_by_file_name().into_iter().filter_entry(visible) {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            if entry.file_type().is_file() && fits(&entry) {
                found.push(self.found(entry.into_path()));
            }
        }
        Ok(found)
    }

    /// The folders in which something happens when the files of a path change, and whether what is below them counts.
    pub(crate) fn folders(&self, path: &str) -> Option<(PathBuf, bool)> {
        let fixed = fixed_part(&normal(&self.base.join(path)));
        self.check(&fixed).ok()?;
        if fixed.is_dir() {
            return Some((fixed, true));
        }
        let folder = fixed.ancestors().skip(1).find(|folder| folder.is_dir())?;
        Some((folder.to_owned(), false))
    }

    /// How the file, or what is below the folder, of a path is called.
    pub(crate) fn name(&self, path: &str) -> String {
        name(&self.base, &fixed_part(&normal(&self.base.join(path))))
    }

    fn found(&self, path: PathBuf) -> Found {
        Found { name: name(&self.base, &path), path }
    }
}

/// `*` does not go beyond a folder, `**` does.
const OPTIONS: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

fn pattern(whole: &Path) -> Result<glob::Pattern, FileError> {
    let written = whole.to_string_lossy();
    glob::Pattern::new(&written)
        .map_err(|error| FileError::Pattern { pattern: written.into_owned(), why: error.msg.to_owned() })
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn unreadable(path: &str, error: &dyn std::fmt::Display) -> FileError {
    FileError::Io { path: path.to_owned(), why: error.to_string() }
}

/// The folder of the character file, from the root.
fn base(agent: &Agent) -> PathBuf {
    let base = agent.base();
    let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
    real(base)
}

/// Where a path leads: of one that is not there, where its part leads that is.
fn real(path: &Path) -> PathBuf {
    let whole = normal(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    for known in whole.ancestors() {
        if let Ok(real) = known.canonicalize() {
            let rest = whole.strip_prefix(known).unwrap_or(Path::new(""));
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    whole
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use std::fs;

    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in
            ["docs/b.md", "docs/a.txt", "docs/deep/c.html", "docs/x.png", "docs/.git/d.md", "secret.md"]
        {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn reach(base: &Path, granted: &[&str]) -> Reach {
        let base = real(base);
        let granted = granted.iter().map(|scope| real(&base.join(scope))).collect();
        Reach { plugin: "knowledge", base, everything: false, granted }
    }

    #[test]
    fn paths_folders_and_patterns_give_their_files() {
        let tree = tree();
        let reach = reach(tree.path(), &["docs"]);
        for (path, wanted) in [
            ("docs", vec!["docs/a.txt", "docs/b.md", "docs/deep/c.html"]),
            ("./docs/", vec!["docs/a.txt", "docs/b.md", "docs/deep/c.html"]),
            ("docs/x.png", vec!["docs/x.png"]),
            ("docs/*.md", vec!["docs/b.md"]),
            ("docs/**/*", vec!["docs/a.txt", "docs/b.md", "docs/deep/c.html", "docs/x.png"]),
            ("docs/**/*.html", vec!["docs/deep/c.html"]),
            ("docs/nothing*", vec![]),
        ] {
            let found: Vec<String> = reach.files(path).unwrap().into_iter().map(|file| file.name).collect();
            assert_eq!(found, wanted, "{path}");
        }
    }

    #[test]
    fn what_is_not_granted_or_not_there_is_refused() {
        let tree = tree();
        let reach = reach(tree.path(), &["docs"]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(tree.path().join("secret.md"), tree.path().join("docs/link.md")).unwrap();
        for (path, wanted) in [
            (
                "secret.md",
                "may not read `secret.md`; grant it in the character: [grants.knowledge] filesystem",
            ),
            ("docs/../secret.md", "may not read `secret.md`"),
            ("/etc/hostname", "may not read `/etc/hostname`"),
            ("**/*.md", "may not read"),
            #[cfg(unix)]
            ("docs/link.md", "may not read `docs/link.md`"),
            ("docs/none.md", "is not there; if this is a text, write"),
            ("docs/[", "is not a pattern"),
        ] {
            let told = reach.files(path).unwrap_err().to_string();
            assert!(told.contains(wanted), "{path}: {told}");
        }
        // A link within a folder is passed over.
        assert!(reach.files("docs").unwrap().iter().all(|file| file.name != "docs/link.md"));
    }
}
