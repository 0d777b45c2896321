//! `galatea graph`

use crate::{
    cli::{Format, Graph},
    failure::Failure,
    output, start,
};
use std::process::ExitCode;

pub(super) fn run(args: &Graph) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, _) = start::plan(&registry, args.character.as_deref())?;
    let graph = plan.graph();
    output::text(&match args.format {
        Format::Text => graph.text(),
        Format::Mermaid => graph.mermaid(),
        Format::Dot => graph.dot(),
        Format::Svg => graph.svg(),
    });
    Ok(ExitCode::SUCCESS)
}
