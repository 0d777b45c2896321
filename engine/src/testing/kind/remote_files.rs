//! Files in memory.

use super::{Outcome, demand, given, lock, missing, not_found, refuse, refused};
use crate::{
    clock::Clock,
    service::kind::{FileInfo, FilePage, KindFault, Media, RemoteFiles, is_file_path},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Mutex, time::Duration};

/// Files that are gone with it.
#[derive(Debug, Default)]
pub struct FilesInMemory {
    files: Mutex<BTreeMap<String, (Media, Timestamp)>>,
    clock: Clock,
}

impl FilesInMemory {
    /// No files yet, and the times of this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { files: Mutex::default(), clock }
    }
}

fn info(path: &str, content: &Media, modified: Timestamp) -> FileInfo {
    let media_type = content.media_type.clone();
    FileInfo { path: path.to_owned(), bytes: content.bytes.len() as u64, media_type, modified }
}

fn checked(path: &str) -> Result<(), KindFault> {
    if is_file_path(path) { Ok(()) } else { refuse(format!("`{path}` names no file")) }
}

#[async_trait]
impl RemoteFiles for FilesInMemory {
    async fn put(&self, path: &str, content: &Media) -> Result<FileInfo, KindFault> {
        checked(path)?;
        let now = self.clock.now();
        let name = path.rsplit('/').next().map(str::to_owned);
        lock(&self.files).insert(path.to_owned(), (Media { name, ..content.clone() }, now));
        Ok(info(path, content, now))
    }

    async fn get(&self, path: &str) -> Result<Media, KindFault> {
        checked(path)?;
        lock(&self.files).get(path).map(|(content, _)| content.clone()).ok_or_else(|| missing(path))
    }

    async fn info(&self, path: &str) -> Result<Option<FileInfo>, KindFault> {
        checked(path)?;
        Ok(lock(&self.files).get(path).map(|(content, at)| info(path, content, *at)))
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<FilePage, KindFault> {
        let files = lock(&self.files);
        let mut fitting = files
            .iter()
            .filter(|(path, _)| path.starts_with(prefix) && after.is_none_or(|after| path.as_str() > after))
            .map(|(path, (content, at))| info(path, content, *at));
        let page: Vec<FileInfo> = fitting.by_ref().take(limit.max(1)).collect();
        let next = fitting.next().and_then(|_| page.last()).map(|last| last.path.clone());
        Ok(FilePage { files: page, next })
    }

    async fn delete(&self, path: &str) -> Result<bool, KindFault> {
        checked(path)?;
        Ok(lock(&self.files).remove(path).is_some())
    }

    async fn shared_url(&self, path: &str, ttl: Duration) -> Result<String, KindFault> {
        self.get(path).await?;
        Ok(format!("memory://{path}?seconds={}", ttl.as_secs()))
    }
}

/// Checks a store of files; everything happens under `prefix`, a path under which there is nothing.
///
/// # Errors
/// What it did and should have done.
pub async fn check_remote_files(service: &dyn RemoteFiles, prefix: &str) -> Outcome {
    let path = |name: &str| format!("{prefix}/{name}");
    let content = Media::new("text/plain", *b"one\0two");
    for name in ["b.txt", "a/1", "a/2", "c"] {
        let info = given(service.put(&path(name), &content).await, "put")?;
        demand(info.bytes == 7 && info.path == path(name), "what is written is told truly")?;
    }
    let read = given(service.get(&path("b.txt")).await, "get")?;
    demand(
        read.bytes == content.bytes && read.media_type == "text/plain",
        "a file comes back as it was written",
    )?;
    demand(read.name.as_deref() == Some("b.txt"), "the name is the last part of the path")?;
    given(service.put(&path("b.txt"), &Media::new("text/plain", *b"new")).await, "put again")?;
    demand(
        given(service.get(&path("b.txt")).await, "get")?.bytes == b"new",
        "a write replaces what was there",
    )?;
    not_found(service.get(&path("none")).await, "reading no file")?;
    demand(given(service.info(&path("none")).await, "info")?.is_none(), "of no file nothing is known")?;

    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = given(service.list(&path(""), after.as_deref(), 3).await, "list")?;
        demand(page.files.len() <= 3, "a list has no more than was asked for")?;
        seen.extend(page.files.into_iter().map(|file| file.path));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    demand(seen == ["a/1", "a/2", "b.txt", "c"].map(path), "every file is listed once, sorted")?;
    let some = given(service.list(&path("a/"), None, 10).await, "list")?;
    demand(some.files.len() == 2 && some.next.is_none(), "only what begins with the prefix is listed")?;

    for name in ["b.txt", "a/1", "a/2", "c"] {
        demand(given(service.delete(&path(name)).await, "delete")?, "what is there can be deleted")?;
    }
    demand(!given(service.delete(&path("c")).await, "delete again")?, "deleting nothing is told")?;
    for wrong in ["", "/a", "a/", "a//b", "a/../b", "./a"] {
        refused(service.put(wrong, &content).await, "writing to a path that is none")?;
    }
    Ok(())
}
