//! `galatea schema`

use crate::{cli::Schema, failure::Failure, output, start};
use galatea::character::character_schema;
use std::{fs, path::Path, process::ExitCode};

pub(super) fn run(args: &Schema) -> Result<ExitCode, Failure> {
    let schema = format!("{:#}\n", character_schema(&start::registry()?));
    match (&args.check, &args.output) {
        (Some(file), _) => compare(file, &schema)?,
        (None, Some(file)) => {
            fs::write(file, schema).map_err(|error| Failure::file("written", file, error))?
        }
        (None, None) => output::text(&schema),
    }
    Ok(ExitCode::SUCCESS)
}

/// Line ends do not count: git may change them.
fn compare(file: &Path, schema: &str) -> Result<(), Failure> {
    let renew = format!("renew it: galatea schema -o {}", file.display());
    let found =
        fs::read_to_string(file).map_err(|error| Failure::file("read", file, error).help(renew.as_str()))?;
    if found.lines().eq(schema.lines()) {
        return Ok(());
    }
    Err(Failure::new(format!("`{}` is not the schema of this program's plugins", file.display())).help(renew))
}
