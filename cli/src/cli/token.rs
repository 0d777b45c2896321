//! What can be typed behind `galatea token`.

use clap::{Args, Subcommand, ValueHint};
use galatea::{memory::Role, token::SCOPES};
use std::time::Duration;

/// Make, list and revoke the tokens with which callers show who they are to an agent's server
///
/// A token is told once, when it is made; the agent keeps its hash. Only the storage is opened, and the agent may run meanwhile:
/// what is made or revoked counts at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea token new --name phone                               chat with Ada and read one's rooms
  galatea token new eliza --name me --role owner --scope all   everything, for ever
  galatea token new --name ci --scope read --expires 30d
  galatea token list
  galatea token revoke --name phone

Scopes: read (look at things), chat (send messages, read one's rooms, answer approvals), manage (change plugins, delete), \
metrics (figures), routes (routes of plugins), all.")]
pub(crate) struct Token {
    /// What to do
    #[command(subcommand)]
    pub(crate) what: TokenWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenWhat {
    /// Make a token and print it
    New(TokenNew),
    /// List the tokens, without what nobody knows: their texts
    List(TokenList),
    /// Revoke a token: who has it is not let in any more
    Revoke(TokenRevoke),
}

#[derive(Debug, Args)]
pub(crate) struct TokenNew {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// What it is called: who uses it, for the agent
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// What who has it may do: guest, member, admin, owner
    #[arg(long, value_name = "ROLE", default_value = "member", value_parser = role)]
    pub(crate) role: Role,
    /// What it is for, separated by commas
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', default_value = "chat,read", value_parser = scope)]
    pub(crate) scope: Vec<String>,
    /// When it ends: 12h, 30d, 8w [default: never]
    #[arg(long, value_name = "TIME", value_parser = crate::command::scores::time)]
    pub(crate) expires: Option<Duration>,
    /// As JSON, with all that is kept of it
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenList {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// As a JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevoke {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// Its name or its id
    #[arg(long, value_name = "NAME|ID")]
    pub(crate) name: String,
}

/// What stands for every scope.
pub(crate) const ALL: &str = "all";

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "there are: guest, member, admin, owner".to_owned())
}

fn scope(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text == ALL || SCOPES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(format!("there are: {}, {ALL}", SCOPES.join(", ")))
}
