//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  galatea                                  talk with Ada
  galatea chat eliza                       talk with another character of this program
  galatea chat ./mine.toml --say \"Hello\"   say one thing, print the answer, end
  galatea check                            is every character in order?
  galatea plugins weather                  what can this plugin do, and what can I set?

A character is a TOML file: who the agent is, which plugins it uses, what each of them may touch. \
A file of your own is given by its path, a character of this program by its name.";

/// Run, check and inspect Galatea agents.
#[derive(Debug, Parser)]
#[command(name = "galatea", version, max_term_width = 110, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// What to do; nothing talks with the default character.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Log more: -v what happens, -vv why, -vvv everything. RUST_LOG says it in detail.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Chat(Chat),
    Check(Check),
    Plan(Plan),
    Graph(Graph),
    Schema(Schema),
    Plugins(Plugins),
    Explain(Explain),
    Run(Run),
    Test(Test),
    Import(Import),
    Export(Export),
}

/// Talk with an agent
///
/// Its answers appear as they are made, with the actions that run. What was said is remembered at the next
/// start, if the character has a storage. At a terminal lines are edited and kept in a history; from a pipe
/// every line is one message.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  galatea chat                                       Ada, the default character
  galatea chat concierge --as Grace                  somebody else talks
  galatea chat --say \"Who are you?\" --say \"Why?\"     two messages, then the end
  galatea chat --say \"Rain in Oslo?\" --json          message, replies and the record of the turn
  echo \"Hello\" | galatea chat eliza                  messages from a pipe

In the chat: /help, /why (how this reply came about), /plugins, /quit. Ctrl-C stops waiting for a reply; twice, or Ctrl-D, \
ends. With --say the code is 0 if every turn was completed, else 1.")]
pub(crate) struct Chat {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// Say this and end; several are said one after another
    #[arg(long, value_name = "TEXT")]
    pub(crate) say: Vec<String>,
    /// The name of who talks [default: the account's name]
    #[arg(long = "as", value_name = "NAME", value_hint = ValueHint::Username)]
    pub(crate) name: Option<String>,
    /// One JSON object a turn: message, replies, record
    #[arg(long)]
    pub(crate) json: bool,
}

/// Check character files: every mistake, with its place and what to do
///
/// As the build does: TOML, keys, types, plugins and what they need, versions, permissions, secrets. `galatea
/// explain CODE` tells more about a mistake.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea check                      the files in characters/, else the characters of this program
  galatea check mine.toml more/      a file, and every .toml of a folder
  galatea check --json | jq length   for programs

The code is 1 if there is an error; warnings alone are no error.")]
pub(crate) struct Check {
    /// Character files and folders
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,
    /// First add the tables of plugins that are required and not there; grants stay for you to give
    #[arg(long)]
    pub(crate) fix: bool,
    /// The diagnostics as a JSON array, on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show which plugins a character runs, in which order and why
///
/// With --json also config, grants, conditions and parts of each plugin: the same bytes on every machine, so
/// that a change of plan is a diff in review. Secrets are references.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea plan
  galatea plan scout --json > scout.plan.json")]
pub(crate) struct Plan {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// Everything, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Draw how the plugins of a character depend on each other
///
/// A plugin loads after what it needs; dashed is what it only can use.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea graph
  galatea graph ada --format svg > ada.svg
  galatea graph ada --format dot | dot -Tpng > ada.png")]
pub(crate) struct Graph {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// How to draw it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// The forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for a terminal
    Text,
    /// A Mermaid flowchart, for Markdown
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture, for light and dark ground
    Svg,
}

/// Print the JSON Schema of character files, for editors
///
/// Editors complete and explain keys with it where a character file begins with `#:schema
/// ./character.schema.json` and an empty line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea schema -o characters/character.schema.json   write it
  galatea schema --check                               is that file current? (for CI)")]
pub(crate) struct Schema {
    /// Write it to this file
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Compare it with this file instead; the code is 1 if the file is out of date
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "characters/character.schema.json",
        conflicts_with = "output",
        value_hint = ValueHint::FilePath
    )]
    pub(crate) check: Option<PathBuf>,
}

/// List the plugins of this program, or tell everything about one
///
/// With a name: its settings with types and defaults, what it needs and may touch, its actions with arguments
/// and examples, and its other parts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea plugins
  galatea plugins weather")]
pub(crate) struct Plugins {
    /// A plugin
    pub(crate) name: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Explain the code of a diagnostic
///
/// What it means, an example, what to write instead. Without a code it lists them all.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea explain GAL0007
  galatea explain 7")]
pub(crate) struct Explain {
    /// The code, e.g. GAL0007
    pub(crate) code: Option<String>,
}

/// Keep agents running until Ctrl-C
///
/// What brings messages to agents are plugins; logs go to stderr.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea run
  galatea run ada concierge -v")]
pub(crate) struct Run {
    /// Character files, or names of characters [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) characters: Vec<String>,
}

/// Run the tests that plugins ship
///
/// Each runs in an agent of its own, in memory, with what the plugin and its tests require. Whether real models are asked
/// is up to the test; those that ship with Galatea ask none and reach nothing but this machine.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea test                        every plugin of this program
  galatea test weather                one plugin
  galatea test --filter mute          only tests whose plugin::name contains this
  galatea test --list                 what there is to run
  galatea test --json                 for programs

The code is 1 if a test fails.")]
pub(crate) struct Test {
    /// Plugins [default: all]
    pub(crate) plugins: Vec<String>,
    /// Only tests whose plugin::name contains this
    #[arg(long, value_name = "TEXT")]
    pub(crate) filter: Option<String>,
    /// List them instead
    #[arg(long)]
    pub(crate) list: bool,
    /// One JSON object: every test and how it ended
    #[arg(long)]
    pub(crate) json: bool,
    /// How many run side by side [default: one a processor]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
