//! The command line of a program made of agents: talks with them, runs them, checks and shows their characters.
//!
//! A program is a list of characters and plugins, put together by its `build.rs`, and three lines:
//!
//! ```ignore
//! include!("linked.rs");
//! galatea::include_characters!();
//!
//! fn main() -> std::process::ExitCode {
//!     galatea_cli::main(galatea_cli::program!())
//! }
//! ```
//!
//! `program` is what the program consists of, `cli` is what can be typed, `command` does it (one file a
//! command), `locate` finds the character that is meant, `start` gets from a character to a running agent, `reach`
//! says where that one can be reached,
//! `signal` hears Ctrl-C, `fix` mends a file, `failure` is what went wrong, `news` tells of character
//! files that are saved meanwhile, `markdown` draws texts for a terminal, `logging` is what is told of the work meanwhile,
//! and `output` is the only place that prints.

mod cli;
mod command;
mod failure;
mod fix;
mod locate;
mod logging;
mod markdown;
mod news;
mod output;
mod prices;
mod program;
mod reach;
mod signal;
mod start;

pub use program::Program;

use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;

/// Reads the command line, does what it says, and gives the code to exit with: 0 done, 1 something is wrong, 2
/// it was not understood, 130 interrupted. To be called once, from `main`.
#[must_use]
pub fn main(program: Program) -> ExitCode {
    let program = program::install(program);
    let command = cli::Cli::command().name(program.name).bin_name(program.name).version(program.version);
    let cli = match cli::Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let logging = logging::install(cli.verbose, cli.log_format, program.name);
    let done = command::run(cli);
    logging.end();
    match done {
        Ok(_) if output::has_failed() => ExitCode::FAILURE,
        Ok(code) => code,
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
