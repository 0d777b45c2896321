//! What is done about a storage as a whole: looking at it, checking it, saving it, keeping it small.

use super::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// How a storage stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StorageStatus {
    /// What it is and where, as in the load report.
    pub description: String,
    /// How much it takes, in bytes; `None` where that is not known.
    pub bytes: Option<u64>,
    /// How many bytes of these are free for what is written next.
    pub free_bytes: Option<u64>,
    /// How many records the agent has, by kind: `memories`, `runs`, `entities` …
    pub records: BTreeMap<String, u64>,
}

/// How much of one kind of record is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// What is older than this moment goes; `None` for no limit of age.
    pub before: Option<Timestamp>,
    /// The newest so many bytes stay; `None` for no limit of size.
    pub bytes: Option<u64>,
}

/// How much is kept of what grows with every turn. The default keeps everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Records of turns. Those that run or wait for a person always stay.
    pub runs: Limit,
    /// Scores of evaluators; their size is that of their metadata.
    pub scores: Limit,
    /// Cached values, which have their own end: only their size counts, and those whose time is over go anyway.
    pub cache: Limit,
}

/// How many records were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Swept {
    /// Records of turns.
    pub runs: u64,
    /// Scores.
    pub scores: u64,
    /// Cached values.
    pub cached: u64,
}

impl Swept {
    /// Whether there was anything to delete.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.runs == 0 && self.scores == 0 && self.cached == 0
    }
}

/// A storage that was put back from a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Restored {
    /// Where the storage is.
    pub place: String,
    /// Where what was there before is kept; `None` if there was nothing.
    pub kept: Option<PathBuf>,
    /// How much was put back, in bytes.
    pub bytes: u64,
}

/// The storage as a whole. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait UpkeepStore: Send + Sync {
    /// How it stands.
    async fn status(&self) -> Result<StorageStatus, StoreError>;

    /// Looks at everything that is stored, which may take minutes; gives what is wrong with it, one text each. An error
    /// means that it could not look.
    async fn check(&self) -> Result<Vec<String>, StoreError>;

    /// Writes a copy of all that is stored at this moment to a new file, while others go on reading and writing; gives
    /// its size in bytes. A file that is there is an error, and so is a storage that has no files of its own.
    async fn back_up(&self, file: &Path) -> Result<u64, StoreError>;

    /// Deletes what is beyond the limits, the oldest first. Runs that are not finished, and those that wait for a
    /// person, stay; and what was answered counts as answered, though its run is gone.
    async fn sweep(&self, limits: &Limits) -> Result<Swept, StoreError>;
}
