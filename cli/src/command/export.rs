//! `galatea export`

use crate::{cli::Export, failure::Failure, output};
use galatea::character::import::export;
use std::{fs, process::ExitCode};

pub(super) fn run(args: &Export) -> Result<ExitCode, Failure> {
    let toml = fs::read_to_string(&args.file).map_err(|error| Failure::file("read", &args.file, error))?;
    let (json, notes) = export(&toml).map_err(|error| Failure::file("exported", &args.file, error))?;
    output::json(&json);
    if args.report {
        notes.iter().for_each(|note| output::aside(&note.to_string()));
    }
    Ok(ExitCode::SUCCESS)
}
