//! What can be typed after `galatea knowledge`.

use clap::{Args, Subcommand, ValueHint};

/// Add, list, remove and search the documents that an agent answers from
///
/// What is added here stays until it is removed; what the character names itself is read when the agent runs. The
/// agent is not started: its storage and its knowledge are opened.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea knowledge add docs/ 'notes/**/*.md'                 every document of a folder, and of a pattern
  galatea knowledge add https://example.com/faq.html -c scout
  galatea knowledge add --text \"Dogs are welcome.\"
  galatea knowledge list
  galatea knowledge search \"When is breakfast?\"
  galatea knowledge remove docs/handbook.md")]
pub(crate) struct Knowledge {
    /// What to do
    #[command(subcommand)]
    pub(crate) what: KnowledgeWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KnowledgeWhat {
    /// Read documents: files, folders, patterns, addresses, a text
    Add(Add),
    /// List the documents
    List(List),
    /// Forget documents
    Remove(Remove),
    /// Find what the documents say
    Search(Search),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// Files, folders, patterns such as 'notes/**/*.md', addresses; that you type them allows the agent to read them, this once
    #[arg(value_name = "SOURCE", required_unless_present = "text", value_hint = ValueHint::AnyPath)]
    pub(crate) sources: Vec<String>,
    /// A text; several may be given
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Vec<String>,
    #[command(flatten)]
    pub(crate) of: Of,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) of: Of,
}

#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Documents by source or id, or folders with all below them
    #[arg(value_name = "DOCUMENT", required = true)]
    pub(crate) documents: Vec<String>,
    #[command(flatten)]
    pub(crate) of: Of,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// A question, or words
    #[arg(value_name = "QUESTION", required = true)]
    pub(crate) question: Vec<String>,
    /// How many places at most
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) of: Of,
}

/// Whose documents, and how to tell.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// A character file, or the name of a character [default: ada]
    #[arg(short, long, value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}
