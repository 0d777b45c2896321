//! Files in a store of objects, such as S3.

use super::{KindFault, Media, kind};
use async_trait::async_trait;
use jiff::Timestamp;
use std::time::Duration;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// Its path: parts between single slashes, without one at the beginning.
    pub path: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// When it was last written.
    pub modified: Timestamp,
}

/// Some files of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePage {
    /// The files, sorted by the bytes of their paths.
    pub files: Vec<FileInfo>,
    /// Give this as `after` to get the next ones; `None` at the end.
    pub next: Option<String>,
}

/// Keeps files elsewhere. A write is there for every later read when it returns; a reader never sees half a file.
/// A path that is empty, begins or ends with a slash, or has an empty part, `.` or `..`, is [`KindFault::Refused`].
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `RemoteFiles`",
    label = "`RemoteFiles` is not implemented",
    note = "write `#[async_trait] impl RemoteFiles for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait RemoteFiles: Send + Sync {
    /// Writes a file, in place of the one that is there; its name is of no account.
    ///
    /// # Errors
    /// See the trait.
    async fn put(&self, path: &str, content: &Media) -> Result<FileInfo, KindFault>;

    /// Reads a file; its name is the last part of the path.
    ///
    /// # Errors
    /// See the trait; [`KindFault::NotFound`].
    async fn get(&self, path: &str) -> Result<Media, KindFault>;

    /// What is known of a file; `None` if there is none.
    ///
    /// # Errors
    /// See the trait.
    async fn info(&self, path: &str) -> Result<Option<FileInfo>, KindFault>;

    /// The files whose paths begin with `prefix` and come after `after`, at most `limit` (at least 1).
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<FilePage, KindFault>;

    /// Deletes a file; whether there was one.
    ///
    /// # Errors
    /// See the trait.
    async fn delete(&self, path: &str) -> Result<bool, KindFault>;

    /// An address at which anybody can read the file for a while.
    ///
    /// # Errors
    /// See the trait; [`KindFault::NotFound`], and [`KindFault::Unsupported`] without such addresses.
    async fn shared_url(&self, path: &str, ttl: Duration) -> Result<String, KindFault>;
}

/// Whether a path may name a file.
#[must_use]
pub fn is_file_path(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

kind!(RemoteFiles = "remote-files");
