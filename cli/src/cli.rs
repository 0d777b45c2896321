//! What can be typed.

mod db;

pub(crate) use db::{Db, DbBackup, DbErase, DbExport, DbForm, DbMigrate, DbRestore, DbWhat};

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
    Routes(Routes),
    Explain(Explain),
    Scores(Scores),
    Run(Run),
    New(New),
    Test(Test),
    Import(Import),
    Export(Export),
    Tasks(Tasks),
    Db(Db),
    Parked(Parked),
    Knowledge(crate::command::Knowledge),
    Search(Search),
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

In the chat: /help, /why (how this reply came about), /approvals, /plugins, /enable, /disable, /reload, /quit. Ctrl-C stops \
waiting for a reply; twice, or Ctrl-D, ends. With --say the code is 0 if every turn was completed, else 1.

When the character's file is saved, the next turn runs with what it says then; a file with mistakes changes nothing.")]
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
    /// Do not change the agent when its file is saved
    #[arg(long)]
    pub(crate) no_watch: bool,
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

/// Show what evaluators thought of an agent's turns, over time
///
/// For each evaluator: how many scores it gave, their mean, lowest and highest, how many turns passed, and the
/// means over time as a line of bars from 0 to 1; a dot is a time without scores. The agent does not run for it:
/// only its storage is opened.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea scores                                        Ada, the last 7 days
  galatea scores eliza --since 24h --bucket 1h          a day, hour by hour
  galatea scores --evaluator REFLECTION --json          one evaluator, for programs")]
pub(crate) struct Scores {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// Only of this evaluator
    #[arg(long, value_name = "NAME")]
    pub(crate) evaluator: Option<String>,
    /// How far to look back: 90m, 24h, 7d, 4w
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = crate::command::scores::time)]
    pub(crate) since: std::time::Duration,
    /// The time that a bar stands for [default: as many as fit on a line]
    #[arg(long, value_name = "TIME", value_parser = crate::command::scores::time)]
    pub(crate) bucket: Option<std::time::Duration>,
    /// A JSON array with an object for each evaluator
    #[arg(long)]
    pub(crate) json: bool,
}

/// Keep agents running until Ctrl-C
///
/// What brings messages to agents are plugins; logs go to stderr. When the file of a character is saved, its
/// agent changes to what it says without an end: plugins of which nothing is different run on, turns that run
/// finish with what they began with, and a file with mistakes changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea run
  galatea run ada concierge -v
  galatea run ./mine.toml --no-watch")]
pub(crate) struct Run {
    /// Character files, or names of characters [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) characters: Vec<String>,
    /// Do not change agents when their files are saved
    #[arg(long)]
    pub(crate) no_watch: bool,
}

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

/// List what an agent does by itself: when each task is due, and how it went last
///
/// The storage is opened and read; the agent is not started, and nothing runs. Tasks that plugins schedule are written down at
/// the agent's first start; before that they are listed as new.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea tasks
  galatea tasks scout --json")]
pub(crate) struct Tasks {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// As a JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

/// List the messages that an agent set aside, to try them again or give them up
///
/// A message whose turn brought the process down, or could not be run, as often as `limits.attempts` of the character
/// says (default 3) is set aside, so that others are answered. Only the storage is opened; a message that is to be tried
/// again is answered when the agent starts, and its turn goes on where it was.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea parked
  galatea parked scout --retry 3f2a9c      one of them; the beginning of its run is enough
  galatea parked --discard all")]
pub(crate) struct Parked {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// Try this one again at the next start
    #[arg(long, value_name = "RUN|all", conflicts_with = "discard")]
    pub(crate) retry: Option<String>,
    /// Give this one up
    #[arg(long, value_name = "RUN|all")]
    pub(crate) discard: Option<String>,
    /// As a JSON array
    #[arg(long, conflicts_with_all = ["retry", "discard"])]
    pub(crate) json: bool,
}

/// Search what an agent remembers, by words and by meaning
///
/// The storage is opened, and what makes vectors; the agent is not started. Without a model for vectors (kind `text-embedding`) words decide
/// alone. With --status: how many memories have vectors, of which model, and how many wait for theirs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea search \"where does Sam live\"                    what Ada remembers of it
  galatea search harbour --character scout --kind fact     facts of another agent
  galatea search harbour --since 7d --limit 20 --json      for programs
  galatea search --status

The code is 1 if nothing is found.")]
pub(crate) struct Search {
    /// What to look for; no character of it is special
    #[arg(required_unless_present = "status", conflicts_with = "status")]
    pub(crate) text: Option<String>,
    /// A character file, or the name of a character [default: ada]
    #[arg(short, long, value_name = "CHARACTER", value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// Only memories of this kind: message, fact, document, fragment, action-result or a plugin's own; several may be given
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<String>,
    /// How far to look back: 90m, 24h, 7d, 4w [default: to the beginning]
    #[arg(long, value_name = "TIME", value_parser = crate::command::scores::time)]
    pub(crate) since: Option<std::time::Duration>,
    /// At most so many, the best ones
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) limit: usize,
    /// How far the memories have vectors
    #[arg(long)]
    pub(crate) status: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
