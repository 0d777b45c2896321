//! `galatea new`: agents, plugins and actions to begin with. What it writes builds, passes its tests and clippy,
//! and runs, as it is.
//!
//! `name` turns what was typed into the names that code needs, `template` fills them in and writes files,
//! `engine` says where the generated project gets Galatea from, `agent`, `plugin` and `action` know which files
//! there are. The texts themselves are in `cli/templates`.

mod action;
mod agent;
mod engine;
mod name;
mod plugin;
mod template;

use crate::{
    cli::{New, NewWhat},
    failure::Failure,
};
use std::process::ExitCode;

pub(super) fn run(args: &New) -> Result<ExitCode, Failure> {
    match &args.what {
        NewWhat::Agent(args) => agent::make(args)?,
        NewWhat::Plugin(args) => plugin::make(args)?,
        NewWhat::Action(args) => action::make(args)?,
    }
    Ok(ExitCode::SUCCESS)
}
