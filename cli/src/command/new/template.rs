//! Fills names into templates and writes the files, all or none.

use super::name::Name;
use crate::{failure::Failure, output};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
};

/// What stands between `@…@` in templates.
pub(super) struct Values(Vec<(&'static str, String)>);

impl Values {
    /// The spellings of a name.
    pub(super) fn of(name: &Name) -> Self {
        Self(vec![
            ("name", name.kebab()),
            ("function", name.snake()),
            ("NAME", name.screaming()),
            ("Type", name.pascal()),
            ("Title", name.title()),
            ("sentence", name.phrase()),
            ("Sentence", name.sentence()),
            ("program", crate::program::program().name.to_owned()),
        ])
    }

    /// The same with one more value.
    pub(super) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.0.push((key, value.into()));
        self
    }

    /// The template with everything filled in.
    pub(super) fn fill(&self, template: &str) -> String {
        self.0.iter().fold(template.to_owned(), |text, (key, value)| text.replace(&format!("@{key}@"), value))
    }
}

/// Writes the files of a new folder. Nothing is written if the folder has anything in it.
pub(super) fn write_folder(folder: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    let is_taken = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(Failure::file("read", folder, error)),
    };
    if is_taken {
        return Err(Failure::new(format!("`{}` is there already and is not empty", folder.display()))
            .help("choose another name, or another folder with `--path`"));
    }
    for (file, text) in files {
        write_file(&folder.join(file), text)?;
    }
    let code = files.iter().map(|(file, _)| folder.join(file));
    format(code.filter(|file| file.extension().is_some_and(|ending| ending == "rs")));
    Ok(())
}

/// Formats files: how long a line is depends on the names in it. Without rustfmt they stay as they are.
pub(super) fn format(files: impl Iterator<Item = PathBuf>) {
    let rustfmt =
        process::Command::new("rustfmt").args(["--edition", "2024", "--quiet"]).args(files).output();
    drop(rustfmt);
}

/// Writes a file that must not be there yet, with the folders above it.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| Failure::file("made", parent, error))?;
    }
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(|error| Failure::file("written", path, error))?;
    output::notice(&format!("  {} {}", output::styled(output::GOOD, "wrote"), path.display()));
    Ok(())
}

/// The folder that is meant: the one named, else one called like the thing, here.
pub(super) fn folder(path: Option<&PathBuf>, name: &str) -> PathBuf {
    path.cloned().unwrap_or_else(|| PathBuf::from(name))
}
