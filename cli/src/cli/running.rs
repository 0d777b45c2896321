//! What can be typed to run an agent, and to look at what it did and what it remembers.

use clap::{Args, ValueHint};

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

In the chat: /help, /why (how this reply came about), /cost, /models, /approvals, /plugins, /enable, /disable, /reload, /quit. Ctrl-C stops \
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
    /// Let the agent be reached over HTTP, too, if its character says `[plugins.server]`
    #[arg(long)]
    pub(crate) serve: bool,
    /// Where it listens, instead of what its character or GALATEA_ADDRESS says
    #[arg(long, value_name = "ADDRESS", requires = "serve")]
    pub(crate) address: Option<String>,
    /// Do not change the agent when its file is saved
    #[arg(long)]
    pub(crate) no_watch: bool,
}

/// Serve an agent to a desktop program that speaks the Model Context Protocol
///
/// The program starts this command and speaks with it on standard input and output: the agent's actions are its tools, its
/// memories resources, and the tool `chat` talks with it. Logs go to standard error. A character without [plugins.mcp] gets
/// that plugin for as long as this runs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea mcp                    Ada
  galatea mcp ./mine.toml        a character of your own

In the settings of a desktop program:
  { \"mcpServers\": { \"ada\": { \"command\": \"galatea\", \"args\": [\"mcp\"] } } }")]
pub(crate) struct Mcp {
    /// A character file, or the name of a character [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
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
/// What brings messages to agents are plugins; with `[plugins.server]` in its character an agent can be reached over HTTP, and a
/// line says where and by whom. At a terminal, a chat with one agent is opened, too. Logs go to stderr. When the file of a character is saved, its
/// agent changes to what it says without an end: plugins of which nothing is different run on, turns that run
/// finish with what they began with, and a file with mistakes changes nothing.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  galatea run
  galatea run ada concierge -v
  galatea run ./mine.toml --no-watch
  galatea run --address 0.0.0.0:3000      in a container; callers show a token, made by `galatea token new`")]
pub(crate) struct Run {
    /// Character files, or names of characters [default: ada]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) characters: Vec<String>,
    /// Where they listen, instead of what their characters or GALATEA_ADDRESS say
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
    /// Open no chat at a terminal
    #[arg(long)]
    pub(crate) no_chat: bool,
    /// Do not change agents when their files are saved
    #[arg(long)]
    pub(crate) no_watch: bool,
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

/// Ask a running program whether its agents are ready: one answers where a model does
///
/// For whoever watches over it, a container for instance: it needs no shell and no other program. An address without a path is
/// asked for /api/v1/health/ready, which says nothing but a status.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea health
  galatea health http://127.0.0.1:8080
  galatea health http://127.0.0.1:3000/api/v1/health/live      does it live at all?

The code is 0 if it is well, else 1.")]
pub(crate) struct Health {
    /// Where it listens
    #[arg(value_name = "URL", value_hint = ValueHint::Url, default_value = "http://127.0.0.1:3000")]
    pub(crate) url: String,
    /// How long it may take: 500ms, 2s
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = galatea::text::duration::parse)]
    pub(crate) timeout: std::time::Duration,
}
