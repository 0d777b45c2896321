//! What can be typed to check characters, and to learn what this program has.

use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

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
  galatea plugins weather
  galatea plugins --tag forecast")]
pub(crate) struct Plugins {
    /// A plugin
    pub(crate) name: Option<String>,
    /// Only the actions with this tag, in any case
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// List what a character answers over HTTP
///
/// Every route of its plugins: method, path, who may ask, what it does. With --openapi their description for
/// other programs, with parameters, bodies and answers.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea routes scout
  galatea routes scout --openapi > scout.openapi.json")]
pub(crate) struct Routes {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// An OpenAPI 3.1 document, as JSON
    #[arg(long)]
    pub(crate) openapi: bool,
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
