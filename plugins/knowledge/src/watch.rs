//! Hears that something happens in folders.

use notify_debouncer_mini::notify::{
    self, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Notify;

/// How long nothing must happen before files are read: programs write in several steps.
const QUIET: Duration = Duration::from_millis(300);

/// Where something always happens, files are read this often all the same.
const PATIENCE: u32 = 20;

/// Watches folders until it is dropped.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    wake: Arc<Notify>,
    folders: BTreeMap<PathBuf, bool>,
}

impl Watch {
    pub(crate) fn new() -> notify::Result<Self> {
        let wake = Arc::new(Notify::new());
        let heard = Arc::clone(&wake);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            // To read a file or a folder makes the system tell of it; that is not a change.
            Ok(Event { kind: EventKind::Access(_), .. }) => {}
            Ok(_) => heard.notify_one(),
            Err(error) => tracing::warn!("watching files: {error}"),
        })?;
        Ok(Self { watcher, wake, folders: BTreeMap::new() })
    }

    /// Watches these folders, and those below them where that counts, and no others.
    pub(crate) fn only(&mut self, wanted: BTreeMap<PathBuf, bool>) {
        for gone in self.folders.keys().filter(|folder| wanted.get(*folder) != self.folders.get(*folder)) {
            // One that was deleted is not watched any more.
            drop(self.watcher.unwatch(gone));
        }
        self.folders.retain(|folder, below| wanted.get(folder) == Some(below) && folder.is_dir());
        for (folder, below) in wanted {
            if !self.folders.contains_key(&folder) && self.begin(&folder, below) {
                self.folders.insert(folder, below);
            }
        }
    }

    fn begin(&mut self, folder: &Path, below: bool) -> bool {
        let mode = if below { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        let begun = self.watcher.watch(folder, mode);
        if let Err(error) = &begun {
            tracing::warn!(folder = %folder.display(), "the folder is not watched: {error}");
        }
        begun.is_ok()
    }

    /// Waits until something happened, and then nothing for a while.
    pub(crate) async fn changed(&self) {
        self.wake.notified().await;
        for _ in 0..PATIENCE {
            if tokio::time::timeout(QUIET, self.wake.notified()).await.is_err() {
                return;
            }
        }
    }
}
