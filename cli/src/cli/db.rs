//! What can be typed behind `galatea db`.

use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// Look after what an agent remembers: its state, its tables, copies of it, and what it has about a person
///
/// Only the storage is opened; the agent does not run for it, and may run meanwhile unless a command says otherwise.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  galatea db status                              where it is, how large, which migrations
  galatea db check -c eliza                      is every page and record of the file in order?
  galatea db backup monday.db                    a copy, while the agent runs
  galatea db restore monday.db                   put it back; what is there is kept beside it
  galatea db export --entity Grace --out grace.json
  galatea db erase --entity Grace")]
pub(crate) struct Db {
    /// A character file, or the name of a character [default: ada]
    #[arg(short, long, global = true, value_hint = ValueHint::AnyPath)]
    pub(crate) character: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub(crate) what: DbWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DbWhat {
    /// Show where the storage is, how much is in it, and which migrations are applied or pending
    Status(DbForm),
    /// Apply the migrations of plugins that are pending, all or none
    ///
    /// A start does so too; this does it without one, and is the place to allow what destroys data.
    Migrate(DbMigrate),
    /// Look at every page and index of the storage; the code is 1 if something is wrong
    Check(DbForm),
    /// Write a copy of the storage, as it is at this moment, to a new file
    ///
    /// Whoever uses the storage goes on reading and writing.
    Backup(DbBackup),
    /// Put a copy in the place of the storage
    ///
    /// The copy is checked first, and what is there is kept beside it. Nobody may use the storage meanwhile.
    Restore(DbRestore),
    /// Write everything that the storage has about a person to a new file, as JSON
    Export(DbExport),
    /// Delete everything that the storage has about a person, so that no trace of it is in the file
    ///
    /// Memories, components, relationships, the records of turns about their messages, what evaluators thought of
    /// these. What the agent itself said stays, and copies that were made before have it still.
    Erase(DbErase),
}

#[derive(Debug, Args)]
pub(crate) struct DbForm {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DbMigrate {
    /// Also apply what drops tables or columns, or empties tables
    #[arg(long)]
    pub(crate) allow_destructive: bool,
    /// What was applied, as a JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DbBackup {
    /// The file to write, which must not be there
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DbRestore {
    /// A file that `galatea db backup` wrote
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DbExport {
    /// Whose: a name, in any case, or an id
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) entity: String,
    /// The file to write, which must not be there
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DbErase {
    /// Whose: a name, in any case, or an id
    #[arg(long, value_name = "ID|NAME")]
    pub(crate) entity: String,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// What was deleted, as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
