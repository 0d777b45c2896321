//! What becomes of character files that are saved while their agents run.

use crate::{
    failure::Failure,
    output::{self, DIM, STRONG, styled},
};
use galatea::{
    agent::{Agent, ChangeError, ChangeReport, Watcher},
    diagnostic::Report,
    event::{CharacterChanged, CharacterRejected, Notice},
};
use std::path::{Path, PathBuf};
use tokio::sync::{broadcast::error::RecvError, mpsc};

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Item {
    /// It was applied: what changed, in a line.
    Changed(String),
    /// It is wrong, and changed nothing.
    Rejected(Report),
}

/// The news of one agent, oldest first.
#[derive(Debug)]
pub(crate) struct News {
    items: mpsc::UnboundedReceiver<Item>,
    _watcher: Option<Watcher>,
}

impl News {
    /// Watches the file of an agent, if it has one and that is wanted. A file that cannot be watched is told of.
    pub(crate) fn of(agent: &Agent, is_wanted: bool) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        let Some(path) = file(agent).filter(|_| is_wanted) else {
            return Self { items, _watcher: None };
        };
        let (name, mut events) = (agent.character().name.clone(), agent.events().subscribe());
        // Taken from the events at once: somebody who types for a while must not miss any.
        tokio::spawn(async move {
            loop {
                let item = match events.recv().await {
                    Ok(notice) => item(&name, notice),
                    Err(RecvError::Lagged(_)) => None,
                    Err(RecvError::Closed) => return,
                };
                if item.is_some_and(|item| sender.send(item).is_err()) {
                    return;
                }
            }
        });
        let watcher = agent.watch(path);
        let watcher =
            watcher.map_err(|error| output::aside(&format!("{error}; changes of it are not seen"))).ok();
        Self { items, _watcher: watcher }
    }

    /// The next one. May be dropped and called again; waits for ever where no file is watched.
    pub(crate) async fn next(&mut self) -> Item {
        match self.items.recv().await {
            Some(item) => item,
            None => std::future::pending().await,
        }
    }

    /// Tells what has come meanwhile.
    pub(crate) fn catch_up(&mut self) {
        while let Ok(item) = self.items.try_recv() {
            item.tell();
        }
    }
}

impl Item {
    pub(crate) fn tell(&self) {
        match self {
            Self::Changed(line) => output::notice(line),
            Self::Rejected(report) => output::reports(std::slice::from_ref(report)),
        }
    }
}

/// The file that an agent was started from, if it is one on this machine.
pub(crate) fn file(agent: &Agent) -> Option<PathBuf> {
    let plan = agent.plan();
    Some(Path::new(&plan.path)).filter(|path| path.is_file()).map(Path::to_path_buf)
}

fn item(name: &str, notice: Notice) -> Option<Item> {
    let event = notice.into_any();
    if let Some(changed) = event.downcast_ref::<CharacterChanged>() {
        return Some(Item::Changed(line(name, &changed.report)));
    }
    let rejected = event.downcast_ref::<CharacterRejected>()?;
    Some(Item::Rejected(rejected.report.as_ref().clone()))
}

/// What changed, in a line.
fn line(name: &str, report: &ChangeReport) -> String {
    let time = styled(DIM, &format!("({:.1?})", report.time));
    format!("{} {report} {time}", styled(STRONG, &format!("{name}:")))
}

/// Tells how a change ended that somebody asked for.
pub(crate) fn tell(agent: &Agent, outcome: &Result<ChangeReport, ChangeError>) {
    match outcome {
        Ok(report) => output::notice(&line(&agent.character().name, report)),
        Err(ChangeError::Rejected(report)) => output::reports(std::slice::from_ref(report)),
        Err(error) => output::failure(&Failure::new(error.to_string())),
    }
}
