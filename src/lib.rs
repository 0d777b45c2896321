//! The `galatea` program: talks with agents, runs them, checks and shows their characters.
//!
//! `cli` is what can be typed, `command` does it (one file a command), `locate` finds the character that is
//! meant, `start` gets from a character to a running agent, `signal` hears Ctrl-C, `fix` mends a file,
//! `news` tells of character files that are saved
//! meanwhile, `failure` is what went wrong, `markdown` draws texts for a terminal, and `output` is the only place that
//! prints.

// Tests have dependencies of their own, which are used elsewhere.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]

include!("linked.rs");
galatea::include_characters!();

mod cli;
mod command;
mod failure;
mod fix;
mod locate;
mod logging;
mod markdown;
mod news;
mod output;
mod signal;
mod start;

use clap::Parser;
use std::process::ExitCode;

/// Reads the command line, does what it says, and gives the code to exit with: 0 done, 1 something is wrong, 2
/// it was not understood, 130 interrupted.
#[must_use]
pub fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    logging::install(cli.verbose);
    match command::run(cli) {
        Ok(_) if output::has_failed() => ExitCode::FAILURE,
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
