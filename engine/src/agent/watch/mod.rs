//! Changes a running agent when its character file is saved.
//!
//! `files` sees whether files are different from what they were; this file hears that something happened in
//! their folders, reads the character, and has it applied or says what is wrong with it.

mod files;

use super::{Agent, ChangeError, ChangeReport};
use crate::{
    character::{Character, Document},
    diagnostic::{Report, Source, render_all},
    event::{CharacterChanged, CharacterRejected},
    plan::{Options, Plan},
    registry::Registry,
};
use files::{Files, Seen};
use notify_debouncer_mini::{
    Config, DebounceEventResult, Debouncer, new_debouncer_opt,
    notify::{self, RecommendedWatcher, RecursiveMode},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long nothing must have happened to a file before it is read: editors write in several steps.
const QUIET: Duration = Duration::from_millis(300);

/// How long a file may be away or empty before that is a mistake: some editors delete it and write it anew.
const AWAY: Duration = Duration::from_millis(700);

/// How long to wait before a folder that is gone is looked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Watches the character file of an agent; ends when it is dropped.
#[derive(Debug)]
pub struct Watcher {
    path: PathBuf,
    _end: DropGuard,
}

impl Watcher {
    /// The character file, as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Why a character file cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be watched: {why}")]
pub struct WatchError {
    /// The file.
    pub path: String,
    /// Why, as the system says.
    pub why: String,
}

impl Agent {
    /// Reads the character file again and applies what it says, as [`apply`](Self::apply) does it; also where it is as
    /// before, which takes back what was changed by other ways.
    ///
    /// # Errors
    /// [`ChangeError`]; [`Rejected`](ChangeError::Rejected) where the file is not in order.
    pub async fn reread(&self, path: impl Into<PathBuf>) -> Result<ChangeReport, ChangeError> {
        let (registry, path) = (self.0.registry.clone(), path.into());
        let examined = tokio::task::spawn_blocking(move || examine(&registry, &path, None)).await;
        match examined.map_err(|error| ChangeError::Broken(error.to_string()))? {
            Examined::Good(_, plan) => self.apply(*plan).await,
            Examined::Wrong(report) => Err(ChangeError::Rejected(Box::new(report))),
            // Nothing was there before.
            Examined::AsBefore => Ok(ChangeReport::default()),
        }
    }

    /// Watches the character file that the agent was started from: when it is saved, what it says is applied
    /// as [`apply`](Self::apply) does it; so it is when a file is written that holds one of its secrets. A file
    /// that is not in order changes nothing. The outcome comes as
    /// [`CharacterChanged`] or [`CharacterRejected`], once for each text; a
    /// text that says the same as the one before, as after a change of comments, gives neither.
    ///
    /// The file is read 300 ms after it was last written to. It may be replaced, or deleted and written anew;
    /// where it is a link, what it points to counts. What was saved between reading it for the start and this
    /// is found too. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`WatchError`] if the system cannot watch its folder.
    pub fn watch(&self, path: impl Into<PathBuf>) -> Result<Watcher, WatchError> {
        let path = path.into();
        let agent = self.live();
        let wake = Arc::new(Notify::new());
        let refused =
            |error: notify::Error| WatchError { path: path.display().to_string(), why: error.to_string() };
        let debouncer = debouncer(Arc::clone(&wake)).map_err(refused)?;
        let files = Files::new(path.clone(), agent.0.base.clone());
        let plan = agent.plan();
        let mut watch = Watch {
            agent,
            path: path.clone(),
            debouncer,
            folders: BTreeSet::new(),
            files,
            text: None,
            applied: Arc::clone(&plan.character),
            was_rejected: false,
        };
        watch.files.name(&plan.character);
        watch.watch_folders().map_err(refused)?;
        let end = CancellationToken::new();
        let ended = end.clone();
        tokio::spawn(async move {
            let ending = watch.agent.ending().clone();
            tokio::select! {
                () = ended.cancelled() => {}
                () = ending.cancelled() => {}
                () = watch.run(&wake) => {}
            }
        });
        Ok(Watcher { path, _end: end.drop_guard() })
    }
}

fn debouncer(wake: Arc<Notify>) -> notify::Result<Debouncer<RecommendedWatcher>> {
    let config = Config::default().with_timeout(QUIET).with_batch_mode(false);
    // Whatever happened, and to whichever file of the folder: the files themselves say whether they are different.
    // Links into folders that are exchanged as a whole are found so too.
    new_debouncer_opt(config, move |outcome: DebounceEventResult| {
        if let Err(error) = outcome {
            tracing::warn!("watching files: {error}");
        }
        wake.notify_one();
    })
}

/// What is in the character file.
enum Examined {
    /// The text that was there before.
    AsBefore,
    Good(Arc<str>, Box<Plan>),
    Wrong(Report),
}

fn examine(registry: &Registry, path: &Path, before: Option<&str>) -> Examined {
    let (document, syntax) = match Document::read(path) {
        Ok(read) => read,
        Err(unreadable) => {
            let source = Source { path: path.display().to_string(), text: "".into() };
            return Examined::Wrong(Report { source, diagnostics: vec![unreadable] });
        }
    };
    let text = Arc::clone(&document.source.text);
    if before == Some(&*text) {
        return Examined::AsBefore;
    }
    match Plan::examine(registry, &document, &Options::default(), syntax) {
        Ok((plan, _)) => Examined::Good(text, Box::new(plan)),
        Err(report) => Examined::Wrong(report),
    }
}

struct Watch {
    agent: Agent,
    path: PathBuf,
    debouncer: Debouncer<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
    files: Files,
    /// What was last read.
    text: Option<Arc<str>>,
    /// What was last applied.
    applied: Arc<Character>,
    was_rejected: bool,
}

impl Watch {
    async fn run(mut self, wake: &Notify) {
        // It may have been saved before it was watched.
        self.look().await;
        loop {
            wake.notified().await;
            while let Err(error) = self.watch_folders() {
                tracing::warn!(path = %self.path.display(), "the folder cannot be watched, trying again: {error}");
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            self.look().await;
        }
    }

    /// Watches the folders of all files; those that were watched already are found again if they were replaced.
    fn watch_folders(&mut self) -> notify::Result<()> {
        let folders = self.files.folders();
        let watcher = self.debouncer.watcher();
        for gone in self.folders.difference(&folders) {
            // It may not exist any more.
            drop(watcher.unwatch(gone));
        }
        for folder in &folders {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        self.folders = folders;
        Ok(())
    }

    /// Reads and applies what is different now.
    async fn look(&mut self) {
        let mut seen = self.files.look(true).await;
        if seen == Seen::Away {
            tokio::time::sleep(AWAY).await;
            seen = self.files.look(false).await;
        }
        let Seen::Different { secret } = seen else { return };
        let (registry, path) = (self.agent.0.registry.clone(), self.path.clone());
        let before = if secret { None } else { self.text.clone() };
        // Reading a file and compiling schemas stays off the threads that serve turns.
        let examined =
            tokio::task::spawn_blocking(move || examine(&registry, &path, before.as_deref())).await;
        match examined {
            Ok(Examined::AsBefore) => {}
            Ok(Examined::Good(text, plan)) => {
                self.text = Some(text);
                self.apply(*plan, secret).await;
            }
            Ok(Examined::Wrong(report)) => {
                self.text = Some(Arc::clone(&report.source.text));
                self.reject(report).await;
            }
            Err(error) => tracing::error!("reading the character ended: {error}"),
        }
    }

    async fn apply(&mut self, plan: Plan, is_new_secret: bool) {
        let character = Arc::clone(&plan.character);
        self.files.name(&character);
        if let Err(error) = self.watch_folders() {
            tracing::warn!("the folder of a secret cannot be watched: {error}");
        }
        if *character == *self.applied && !is_new_secret && !self.was_rejected {
            return;
        }
        let path = self.path.display().to_string();
        match self.agent.apply(plan).await {
            Ok(report) => {
                self.applied = character;
                if std::mem::take(&mut self.was_rejected) || report.is_change() {
                    self.agent.emit(CharacterChanged { path, report }).await;
                }
            }
            Err(ChangeError::Stopping) => {}
            Err(error) => {
                // Saved again as it is, it is tried again: what refused it may be mended elsewhere.
                self.text = None;
                self.reject(error.report(&path)).await;
            }
        }
    }

    async fn reject(&mut self, report: Report) {
        self.was_rejected = true;
        let path = self.path.display().to_string();
        let diagnostics = render_all(std::slice::from_ref(&report), false);
        tracing::warn!(path, "the character is not in order, nothing is changed:\n{diagnostics}");
        self.agent.emit(CharacterRejected { path, diagnostics, report: Arc::new(report) }).await;
    }
}
