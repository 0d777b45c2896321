//! `galatea check`

use crate::{
    cli::Check,
    failure::Failure,
    fix,
    locate::{self, Found},
    output,
    program::program,
    start,
};
use galatea::{
    diagnostic::{Report, to_json},
    registry::Registry,
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

pub(super) fn run(args: &Check) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let files = files(&args.files)?;
    if args.fix {
        files.iter().flatten().try_for_each(|file| mend(&registry, file))?;
    }
    let outcome = match files {
        Some(files) => Outcome::of_files(&registry, &files),
        None => Outcome::of(&registry, program().characters.iter().map(locate::bundled).map(Ok)),
    };
    if args.json {
        output::json(&to_json(&outcome.reports));
    } else {
        outcome.show();
    }
    Ok(outcome.code())
}

/// Adds what is missing to a file, and says so.
pub(super) fn mend(registry: &Registry, file: &Path) -> Result<(), Failure> {
    for name in fix::add_required(registry, file)? {
        output::notice(&format!(
            "{}: added `[plugins.{name}]`, which another plugin requires",
            file.display()
        ));
    }
    Ok(())
}

/// What was found to be wrong with characters.
pub(super) struct Outcome {
    /// How many there are.
    checked: usize,
    reports: Vec<Report>,
}

impl Outcome {
    /// Checks character files.
    pub(super) fn of_files(registry: &Registry, files: &[PathBuf]) -> Self {
        Self::of(registry, files.iter().map(|file| locate::read(file)))
    }

    fn of(registry: &Registry, characters: impl Iterator<Item = Result<Found, Failure>>) -> Self {
        let mut outcome = Self { checked: 0, reports: Vec::new() };
        for found in characters {
            outcome.checked += 1;
            let report = match found {
                Ok(found) => {
                    start::examine(registry, found).map_or_else(|report| report, |(_, warnings)| warnings)
                }
                Err(Failure::Reports(reports)) => {
                    outcome.reports.extend(reports);
                    continue;
                }
                // Reading gives reports only.
                Err(Failure::One { .. }) => continue,
            };
            if !report.diagnostics.is_empty() {
                outcome.reports.push(report);
            }
        }
        outcome
    }

    fn has_errors(&self) -> bool {
        self.reports.iter().any(Report::has_errors)
    }

    /// Shows what is wrong, or that nothing is.
    pub(super) fn show(&self) {
        output::reports(&self.reports);
        if !self.has_errors() {
            output::line(&match self.checked {
                1 => "1 character is fine".to_owned(),
                count => format!("{count} characters are fine"),
            });
        }
    }

    /// The code to end with.
    pub(super) fn code(&self) -> ExitCode {
        if self.has_errors() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// The files that are meant; `None` for the characters of this program.
fn files(given: &[PathBuf]) -> Result<Option<Vec<PathBuf>>, Failure> {
    let mut files = Vec::new();
    for path in given {
        if path.is_dir() {
            let found = locate::files(path, "toml")?;
            if found.is_empty() {
                return Err(Failure::new(format!("there is no character in `{}`", path.display()))
                    .help("characters are files that end in `.toml`"));
            }
            files.extend(found);
        } else {
            files.push(path.clone());
        }
    }
    if given.is_empty() && Path::new(locate::FOLDER).is_dir() {
        files = locate::files(Path::new(locate::FOLDER), "toml")?;
    }
    Ok(if given.is_empty() && files.is_empty() { None } else { Some(files) })
}
