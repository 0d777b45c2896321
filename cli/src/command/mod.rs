//! The commands, one file each. They get what was typed, print through `output`, and give the code to end with.

mod chat;
mod check;
mod db;
mod explain;
mod export;
mod graph;
mod health;
mod import;
mod knowledge;
mod mcp;
mod new;
mod parked;
mod plan;
mod plugins;
mod routes;
mod run;
mod schema;
pub(crate) mod scores;
mod search;
mod tasks;
mod test;
mod token;

pub(crate) use knowledge::Knowledge;

use crate::{
    cli::{Chat, Cli, Command, Run},
    failure::Failure,
    output,
};
use std::process::ExitCode;

/// Does what was typed.
pub(crate) fn run(cli: Cli) -> Result<ExitCode, Failure> {
    // Who sits at a terminal sees everything; from a pipe come messages.
    let unnamed = || match output::is_interactive() {
        true => Command::Run(Run::default()),
        false => Command::Chat(Chat::default()),
    };
    match cli.command.unwrap_or_else(unnamed) {
        Command::Chat(args) => chat::run(args),
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Plugins(args) => plugins::run(&args),
        Command::Routes(args) => routes::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Scores(args) => scores::run(&args),
        Command::Run(args) => run::run(&args),
        Command::New(args) => new::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Tasks(args) => tasks::run(&args),
        Command::Db(args) => db::run(&args),
        Command::Parked(args) => parked::run(&args),
        Command::Knowledge(args) => knowledge::run(&args),
        Command::Mcp(args) => mcp::run(&args),
        Command::Search(args) => search::run(&args),
        Command::Health(args) => health::run(&args),
        Command::Token(args) => token::run(&args),
    }
}
