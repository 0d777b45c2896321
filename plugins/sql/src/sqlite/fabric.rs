//! Rooms of an agent that several processes of one machine run on one file: a room that is worked on is a locked file
//! in a folder beside the database, `agents.db-rooms`. Nothing is written to the database for that.

use super::{
    database::{Database, private_folder},
    locks::{Lock, Open},
    row::count,
    runs,
};
use crate::{
    error::{Fault, explain},
    process,
};
use async_trait::async_trait;
use galatea::{
    fabric::{Beat, Claim, Fabric, Hint, Lease, Member},
    store::{StoreError, StoredRun},
};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt,
    future::pending,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// How often a message is looked after that another process works on.
const FOLLOW: Duration = Duration::from_millis(100);

/// How often rooms are looked for whose process is gone, while there are other processes.
const WITH_OTHERS: Duration = Duration::from_secs(2);

/// The same while there are none: somebody may have started since.
const ALONE: Duration = Duration::from_secs(60);

/// How many files of rooms that nobody works on are kept open.
const MOST_IDLE: usize = 256;

/// How many rooms one look gives.
const MOST_ROOMS: usize = 1_000;

/// The rooms of one agent on a file.
pub(super) struct SqliteFabric {
    agent: Uuid,
    database: Arc<Database>,
    folder: PathBuf,
    id: Uuid,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Says that this process runs the agent.
    member: Option<Lock>,
    rooms: BTreeMap<Uuid, Lock>,
    /// Rooms that were held and may be held again soon.
    idle: BTreeMap<Uuid, Open>,
}

impl SqliteFabric {
    pub(super) fn new(agent: Uuid, database: Arc<Database>, folder: PathBuf) -> Self {
        Self { agent, database, folder, id: Uuid::now_v7(), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, error: &io::Error) -> StoreError {
        let folder = self.folder.display();
        StoreError::Failed(format!(
            "rooms cannot be shared with other processes: the folder `{folder}` cannot be used: {error}. Allow \
             writing to it"
        ))
    }

    /// Takes a file of the folder, which is made if it is not there.
    fn take(&self, name: &str) -> io::Result<Option<Lock>> {
        let path = self.folder.join(name);
        match Lock::take(path.clone()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                private_folder(&self.folder)?;
                Lock::take(path)
            }
            other => other,
        }
    }

    fn join(&self) -> io::Result<()> {
        let mut held = self.held();
        if held.member.is_none() {
            held.member = self.take(&member_name(self.agent, self.id))?;
        }
        Ok(())
    }

    /// The processes that run this agent. Files that a killed one left are removed on the way.
    fn others(&self) -> io::Result<Vec<Uuid>> {
        let entries = match std::fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut others = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let Some(id) = member_of(self.agent, &path).filter(|id| *id != self.id) else { continue };
            if Lock::is_taken(&path) {
                others.push(id);
            } else {
                drop(Lock::take(path)?);
            }
        }
        Ok(others)
    }

    /// Rooms with unfinished messages that nobody works on.
    async fn waiting(&self) -> Result<Vec<Uuid>, Fault> {
        let rooms = runs::rooms_that_wait(&self.database, self.agent, count(MOST_ROOMS)).await?;
        let is_free = |room: &Uuid| !Lock::is_taken(&self.folder.join(room_name(*room)));
        Ok(rooms.into_iter().filter(is_free).collect())
    }
}

fn room_name(room: Uuid) -> String {
    format!("room-{}", room.simple())
}

fn member_name(agent: Uuid, id: Uuid) -> String {
    format!("process-{}-{}", agent.simple(), id.simple())
}

fn member_of(agent: Uuid, path: &Path) -> Option<Uuid> {
    let name = path.file_name().and_then(OsStr::to_str)?;
    let id = name.strip_prefix("process-")?.strip_prefix(&agent.simple().to_string())?;
    id.strip_prefix('-')?.parse().ok()
}

impl fmt::Debug for SqliteFabric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteFabric({}, {})", self.folder.display(), self.agent)
    }
}

#[async_trait]
impl Fabric for SqliteFabric {
    fn description(&self) -> String {
        let place = self.database.place();
        format!(
            "shared with other processes of this machine on {place}; a room is worked on by one at a time"
        )
    }

    // Locking a file takes microseconds and waits for nobody, so it is done where it is asked for.
    async fn claim(&self, room: Uuid) -> Result<Claim, StoreError> {
        let mut held = self.held();
        if !held.rooms.contains_key(&room) {
            let taken = match held.idle.remove(&room) {
                Some(open) => open.take(),
                None => self.take(&room_name(room)),
            };
            match taken.map_err(|error| self.failed(&error))? {
                Some(lock) => held.rooms.insert(room, lock),
                None => return Ok(Claim::Elsewhere { again: FOLLOW }),
            };
        }
        Ok(Claim::Held(Lease { room, fence: 0 }))
    }

    async fn release(&self, lease: Lease) -> Result<(), StoreError> {
        let mut held = self.held();
        let Some(open) = held.rooms.remove(&lease.room).and_then(Lock::let_go) else { return Ok(()) };
        held.idle.insert(lease.room, open);
        if held.idle.len() > MOST_IDLE
            && let Some((_, surplus)) = held.idle.pop_first()
        {
            // Held once more, so that it is removed.
            drop(surplus.take());
        }
        Ok(())
    }

    async fn beat(&self) -> Result<Beat, StoreError> {
        self.join().map_err(|error| self.failed(&error))?;
        let others = self.others().map_err(|error| self.failed(&error))?;
        let waiting = self.waiting().await.map_err(|fault| fault.told(self.database.place(), explain))?;
        let next = if others.is_empty() { ALONE } else { WITH_OTHERS };
        Ok(Beat { lost: Vec::new(), waiting, others: others.len(), next })
    }

    async fn queue(&self, room: Uuid, most: usize) -> Result<Vec<StoredRun>, StoreError> {
        let queue = runs::queue(&self.database, self.agent, room, count(most)).await;
        queue.map_err(|fault| fault.told(self.database.place(), explain))
    }

    /// There is no way to tell: the others look.
    async fn tell(&self, _: Hint) -> Result<(), StoreError> {
        Ok(())
    }

    async fn heard(&self) -> Hint {
        pending().await
    }

    async fn members(&self) -> Result<Vec<Member>, StoreError> {
        let others = self.others().map_err(|error| self.failed(&error))?;
        let rooms = u64::try_from(self.held().rooms.len()).ok();
        let mut members = vec![Member { id: self.id, since: process::began(self.id), rooms, is_this: true }];
        members.extend(others.into_iter().map(|id| Member {
            id,
            since: process::began(id),
            rooms: None,
            is_this: false,
        }));
        members.sort_by_key(|member| (member.since, member.id));
        Ok(members)
    }

    async fn leave(&self) -> Result<(), StoreError> {
        let held = std::mem::take(&mut *self.held());
        drop(held);
        // What nobody holds goes, also what a killed process left.
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            drop(Lock::take(entry.path()));
        }
        // Only an empty folder goes.
        drop(std::fs::remove_dir(&self.folder));
        Ok(())
    }
}
