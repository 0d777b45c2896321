//! What can be typed.

mod db;
mod inspecting;
mod running;
mod token;
mod writing;

pub(crate) use db::{Db, DbBackup, DbErase, DbExport, DbForm, DbMigrate, DbRestore, DbWhat};
pub(crate) use inspecting::{Check, Explain, Format, Graph, Plan, Plugins, Routes, Schema};
pub(crate) use running::{Chat, Health, Mcp, Parked, Run, Scores, Search, Tasks, Test};
pub(crate) use token::{ALL as ALL_SCOPES, Token, TokenNew, TokenWhat};
pub(crate) use writing::{Export, Import, New, NewAction, NewProject, NewWhat};

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  galatea                                  run Ada: a page in the browser, and a chat here
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
    /// What to do; nothing runs the default character, or reads messages for it from a pipe.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// Log more: -v what happens, -vv why, -vvv everything. RUST_LOG says it in detail.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    /// How log lines on stderr look: text for people, json for programs, one object a line
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        global = true
    )]
    pub(crate) log_format: crate::logging::LogFormat,
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
    Mcp(Mcp),
    Search(Search),
    Health(Health),
    Token(Token),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
