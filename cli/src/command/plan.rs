//! `galatea plan`

use crate::{cli::Plan, failure::Failure, output, start};
use std::process::ExitCode;

pub(super) fn run(args: &Plan) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, _) = start::plan(&registry, args.character.as_deref())?;
    if args.json {
        output::json(&plan.to_json());
    } else {
        output::text(&plan.text());
    }
    Ok(ExitCode::SUCCESS)
}
