//! `galatea import`

use super::check::{Outcome as Checked, mend};
use crate::{cli::Import, failure::Failure, locate, output, start};
use galatea::{
    character::import::{Imported, Note, Outcome, import},
    registry::Registry,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

pub(super) fn run(args: &Import) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let characters = read(&args.path, &registry)?;
    let targets: Vec<PathBuf> = targets(&args.output, &characters);
    if !args.force {
        refuse_to_overwrite(&targets)?;
    }
    fs::create_dir_all(&args.output).map_err(|error| Failure::file("made", &args.output, error))?;
    for (character, target) in characters.iter().zip(&targets) {
        fs::write(target, &character.toml).map_err(|error| Failure::file("written", target, error))?;
        output::line(&format!("{} → {}: {}", character.name, target.display(), summary(&character.report)));
        if args.report {
            character.report.iter().for_each(|note| output::line(&format!("  {note}")));
        }
    }
    // There, required plugins came by themselves.
    targets.iter().try_for_each(|target| mend(&registry, target))?;
    let checked = Checked::of_files(&registry, &targets);
    checked.show();
    Ok(checked.code())
}

fn read(path: &Path, registry: &Registry) -> Result<Vec<Imported>, Failure> {
    let known: BTreeSet<&str> = registry.names().collect();
    let files = if path.is_dir() { locate::files(path, "json")? } else { vec![path.to_path_buf()] };
    let mut characters = Vec::new();
    for file in &files {
        let json = fs::read_to_string(file).map_err(|error| Failure::file("read", file, error))?;
        let found = import(&json, &known).map_err(|error| Failure::file("imported", file, error))?;
        characters.extend(found);
    }
    if characters.is_empty() {
        return Err(Failure::new(format!("there is no `.json` file in `{}`", path.display())));
    }
    Ok(characters)
}

/// A file for each character; one whose name is taken by another gets a number.
fn targets(folder: &Path, characters: &[Imported]) -> Vec<PathBuf> {
    let mut taken = BTreeSet::new();
    let target = |character: &Imported| {
        let numbered = |number: usize| match number {
            1 => format!("{}.toml", character.file_stem),
            number => format!("{}-{number}.toml", character.file_stem),
        };
        let free = (1..).map(numbered).find(|name| taken.insert(name.clone()));
        folder.join(free.unwrap_or_default())
    };
    characters.iter().map(target).collect()
}

fn refuse_to_overwrite(targets: &[PathBuf]) -> Result<(), Failure> {
    let there: Vec<String> = targets
        .iter()
        .filter(|target| target.exists())
        .map(|target| format!("`{}`", target.display()))
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    let verb = if there.len() == 1 { "is" } else { "are" };
    Err(Failure::new(format!("{} {verb} there already; nothing was written", there.join(", ")))
        .help("`--force` overwrites, `-o DIR` writes elsewhere"))
}

/// How many values went where.
fn summary(report: &[Note]) -> String {
    let count = |is: fn(&Outcome) -> bool| report.iter().filter(|note| is(&note.outcome)).count();
    let counts = [
        (count(|outcome| matches!(outcome, Outcome::Mapped { .. })), "taken over"),
        (count(|outcome| matches!(outcome, Outcome::Converted { .. })), "converted"),
        (count(|outcome| matches!(outcome, Outcome::KeptAsImported { .. })), "kept under [imported]"),
        (count(|outcome| matches!(outcome, Outcome::Unsupported { .. })), "without effect"),
    ];
    let parts: Vec<String> =
        counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    format!("{} values: {}", report.len(), parts.join(", "))
}
