//! What can be typed to begin projects, and to bring characters in and out.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// Begin an agent, a plugin or an action
///
/// What it writes builds, passes its tests and clippy, and runs, as it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea new agent night-watch        a project of your own: its agent, a small plugin, a character
  galatea new plugin coffee            a plugin as a crate of its own, ready to be published
  galatea new action order-coffee      one more action of the plugin in this folder")]
pub(crate) struct New {
    /// What to begin
    #[command(subcommand)]
    pub(crate) what: NewWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NewWhat {
    /// A project: an agent with its character and a plugin of its own
    Agent(NewProject),
    /// A plugin as a crate of its own
    Plugin(NewProject),
    /// One more action of the plugin in this folder
    Action(NewAction),
}

#[derive(Debug, Args)]
pub(crate) struct NewProject {
    /// Its name, e.g. night-watch
    pub(crate) name: String,
    /// The folder to make [default: the name]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) path: Option<PathBuf>,
    /// A checkout of Galatea to build with [default: the one this program was built from, if it is there; else crates.io]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) galatea: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct NewAction {
    /// Its name, e.g. order-coffee
    pub(crate) name: String,
    /// The file that declares the plugin, where there are several [default: the one below src]
    #[arg(long = "in", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) plugin_file: Option<PathBuf>,
}

/// Turn elizaOS characters (JSON, 0.x and 1.x) into character files
///
/// One character, an array, or a project file gives one file a character, and each is checked. Nothing is
/// dropped silently: what has no place is kept under `[imported]`, secrets become references.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea import trader.character.json            writes characters/trader.toml
  galatea import old/ -o characters --report      every .json of a folder; where each value went")]
pub(crate) struct Import {
    /// A JSON file, or a folder of them
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    /// The folder to write to
    #[arg(short, long, value_name = "DIR", default_value = "characters", value_hint = ValueHint::DirPath)]
    pub(crate) output: PathBuf,
    /// Tell of every value where it went
    #[arg(long)]
    pub(crate) report: bool,
    /// Overwrite files that are there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Turn a character file into an elizaOS 1.x character (JSON)
///
/// Secrets are left empty, to be filled in.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea export characters/ada.toml > ada.character.json")]
pub(crate) struct Export {
    /// A character file
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Tell of every value where it went, on stderr
    #[arg(long)]
    pub(crate) report: bool,
}
