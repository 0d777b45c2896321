//! Finds the character that is meant: a file, a name, or nothing for the default.

use crate::{
    failure::{Failure, names},
    program::program,
};
use galatea::{
    build::Bundled,
    character::Document,
    diagnostic::{Diagnostic, Report, Source},
};
use std::path::{Path, PathBuf};

/// The folder of characters.
pub(crate) const FOLDER: &str = "characters";

/// A character file that was read, and what was wrong with its syntax.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) document: Document,
    pub(crate) syntax: Vec<Diagnostic>,
    /// The folder to which its paths are relative.
    pub(crate) base: PathBuf,
}

/// The character of an argument: a path to a `.toml` file; the name of a file in `characters/` or of a
/// character in this program; nothing for the default.
pub(crate) fn character(argument: Option<&str>) -> Result<Found, Failure> {
    let Some(argument) = argument.or_else(|| program().default_character()) else {
        return Err(Failure::new("this program has no character of its own")
            .help("name the file of one: `galatea chat ./mine.toml`"));
    };
    let path = Path::new(argument);
    if path.extension().is_some_and(|ending| ending == "toml") || path.components().count() > 1 {
        return read(path);
    }
    let file = Path::new(FOLDER).join(format!("{argument}.toml"));
    if file.is_file() {
        return read(&file);
    }
    match program().characters.iter().find(|character| character.name == argument) {
        Some(character) => Ok(bundled(character)),
        None => Err(Failure::unknown("character", argument, names(program().characters))
            .help("a character of your own is given by its file: `galatea chat ./mine.toml`")),
    }
}

/// Reads a character file.
pub(crate) fn read(path: &Path) -> Result<Found, Failure> {
    let unreadable = |diagnostic| {
        let source = Source { path: path.display().to_string(), text: "".into() };
        Failure::Reports(vec![Report { source, diagnostics: vec![diagnostic] }])
    };
    let (document, syntax) = Document::read(path).map_err(unreadable)?;
    let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok(Found { document, syntax, base })
}

/// A character of this program.
pub(crate) fn bundled(character: &Bundled) -> Found {
    let source = Source { path: character.path.to_owned(), text: character.toml.into() };
    let (document, syntax) = Document::parse(source);
    let base = Path::new(character.path).parent().map(Path::to_path_buf).unwrap_or_default();
    Found { document, syntax, base }
}

/// The character files of a folder, sorted.
pub(crate) fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file("read", folder, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| Failure::file("read", folder, error))?.path();
        if path.is_file() && path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
