//! The program `galatea`: the plugins and characters that ship, with the command line of `galatea-cli`.

// Tests have dependencies of their own, which are used elsewhere.
#![cfg_attr(not(test), deny(unused_crate_dependencies))]

include!("linked.rs");
galatea::include_characters!();

use std::process::ExitCode;

/// Does what the command line says; gives the code to exit with.
#[must_use]
pub fn main() -> ExitCode {
    galatea_cli::main(galatea_cli::Program {
        name: "galatea",
        version: env!("CARGO_PKG_VERSION"),
        characters: CHARACTERS,
        linked: LINKED,
        default: Some("ada"),
    })
}
