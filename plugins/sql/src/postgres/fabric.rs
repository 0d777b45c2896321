//! Rooms of an agent that several processes run on one database: a row says who has a room, and the row of a process
//! that it lives. A room stays with its process while that lives and has had something to do in it lately.

use super::{
    database::Database,
    hub::Hub,
    row::{Record, count},
    runs,
};
use crate::{error::Fault, process};
use async_trait::async_trait;
use galatea::{
    fabric::{Beat, Claim, Fabric, Hint, Lease, Member},
    store::{StoreError, StoredRun},
};
use sqlx::{PgConnection, Row};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// How often a message is looked after that another process works on, if nothing is heard of it.
const FOLLOW: Duration = Duration::from_secs(1);

/// How often rooms that nobody has are looked for while there is no other process, in case that something was missed.
const ALONE: Duration = Duration::from_secs(60);

/// How many rooms one look gives.
const MOST_ROOMS: usize = 1_000;

/// The rooms of one agent on a database.
pub(super) struct PostgresFabric {
    agent: Uuid,
    database: Arc<Database>,
    hub: Arc<Hub>,
    state: Mutex<State>,
    hints: tokio::sync::Mutex<Option<mpsc::Receiver<Hint>>>,
}

#[derive(Default)]
struct State {
    held: BTreeMap<Uuid, Held>,
    /// The leases hold until then, as far as this process knows.
    until: Option<Instant>,
    others: usize,
    looked: Option<Instant>,
}

/// A room that this process has.
struct Held {
    fence: i64,
    is_used: bool,
    used: Instant,
}

impl State {
    /// The lease of a room, if it is certain that nobody else has taken it.
    fn sure(&mut self, room: Uuid) -> Option<Lease> {
        if self.until.is_none_or(|until| Instant::now() >= until) {
            return None;
        }
        let held = self.held.get_mut(&room)?;
        held.is_used = true;
        Some(Lease { room, fence: held.fence })
    }

    /// Rooms in which nothing was done for so long, which nobody here has any more.
    fn drop_idle(&mut self, idle: Duration) -> Vec<i64> {
        let is_idle = |held: &Held| !held.is_used && held.used.elapsed() >= idle;
        let fences = self.held.values().filter(|held| is_idle(held)).map(|held| held.fence).collect();
        self.held.retain(|_, held| !is_idle(held));
        fences
    }
}

impl PostgresFabric {
    pub(super) fn new(agent: Uuid, database: Arc<Database>) -> Self {
        let hub = Arc::clone(database.hub());
        Self { agent, database, hub, state: Mutex::default(), hints: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn join(&self, connection: &mut PgConnection) -> Result<(), Fault> {
        let join = "INSERT INTO members (agent, id, until)
            VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
            ON CONFLICT (agent, id) DO UPDATE SET until = excluded.until";
        let lease = self.hub.lease.as_secs_f64();
        sqlx::query(join).bind(self.agent).bind(self.hub.id).bind(lease).execute(connection).await?;
        Ok(())
    }

    /// Takes a room that nobody has, or whose process is gone; finds it if it is this process's already. Waits for no
    /// lock: in a room that somebody writes in, perhaps one who fell asleep, the next try is soon enough.
    async fn take(&self, room: Uuid) -> Result<Option<i64>, Fault> {
        if self.state().until.is_none_or(|until| Instant::now() >= until) {
            let mut connection = self.database.pool().acquire().await?;
            self.join(&mut connection).await?;
        }
        let take = "WITH taken AS (
                UPDATE leases SET member = $3, fence = nextval('lease_fences')
                WHERE (agent, room) = (
                    SELECT held.agent, held.room FROM leases AS held
                    WHERE held.agent = $1 AND held.room = $2 AND (held.member = $3 OR NOT EXISTS (
                        SELECT FROM members WHERE members.agent = held.agent AND members.id = held.member
                            AND members.until > clock_timestamp()))
                    FOR UPDATE SKIP LOCKED)
                RETURNING fence
            ), made AS (
                INSERT INTO leases (agent, room, member) SELECT $1, $2, $3
                WHERE NOT EXISTS (SELECT FROM leases WHERE agent = $1 AND room = $2)
                ON CONFLICT (agent, room) DO NOTHING
                RETURNING fence
            )
            SELECT fence FROM taken UNION ALL SELECT fence FROM made";
        let row = sqlx::query(take)
            .bind(self.agent)
            .bind(room)
            .bind(self.hub.id)
            .fetch_optional(self.database.pool())
            .await?;
        Ok(row.map(|row| row.try_get("fence")).transpose()?)
    }

    /// Says that this process lives; what others have taken of it.
    async fn renew(&self) -> Result<(Vec<Lease>, usize, Duration), Fault> {
        let (mut at, mut pulse) = self.hub.pulse(&self.database, false).await?;
        if !pulse.joined.contains(&self.agent) {
            let mut connection = self.database.pool().acquire().await?;
            self.join(&mut connection).await?;
            drop(connection);
            (at, pulse) = self.hub.pulse(&self.database, true).await?;
        }
        let (others, silent) = pulse.others.get(&self.agent).copied().unwrap_or((0, Duration::MAX));
        let silent = silent.saturating_sub(at.elapsed());
        let lost = if self.state().held.is_empty() { Vec::new() } else { self.lost().await? };
        self.state().until = Some(at + self.hub.lease);
        Ok((lost, others, silent))
    }

    /// The leases that are no longer this process's.
    async fn lost(&self) -> Result<Vec<Lease>, Fault> {
        let known: Vec<Lease> =
            self.state().held.iter().map(|(room, held)| Lease { room: *room, fence: held.fence }).collect();
        let own = "SELECT fence FROM leases WHERE agent = $1 AND member = $2";
        let own: Vec<i64> = sqlx::query_scalar(own)
            .bind(self.agent)
            .bind(self.hub.id)
            .fetch_all(self.database.pool())
            .await?;
        let own: BTreeSet<i64> = own.into_iter().collect();
        let lost: Vec<Lease> = known.into_iter().filter(|lease| !own.contains(&lease.fence)).collect();
        let mut state = self.state();
        for lease in &lost {
            if state.held.get(&lease.room).is_some_and(|held| held.fence == lease.fence) {
                state.held.remove(&lease.room);
            }
        }
        Ok(lost)
    }

    async fn give_back(&self, fences: &[i64]) -> Result<(), Fault> {
        let delete = "DELETE FROM leases WHERE agent = $1 AND member = $2 AND fence = ANY($3)";
        let delete = sqlx::query(delete).bind(self.agent).bind(self.hub.id).bind(fences);
        delete.execute(self.database.pool()).await?;
        Ok(())
    }

    /// Rooms with unfinished messages that no other living process has.
    async fn waiting(&self) -> Result<Vec<Uuid>, Fault> {
        let waiting = "SELECT DISTINCT memories.room FROM memories
            JOIN runs ON runs.agent = memories.agent AND runs.message = memories.id AND NOT runs.finished
            WHERE memories.agent = $1 AND memories.waiting AND NOT EXISTS (
                SELECT FROM leases
                JOIN members ON members.agent = leases.agent AND members.id = leases.member
                WHERE leases.agent = $1 AND leases.room = memories.room AND leases.member <> $2
                    AND members.until > clock_timestamp())
            LIMIT $3";
        let rows = sqlx::query(waiting)
            .bind(self.agent)
            .bind(self.hub.id)
            .bind(count(MOST_ROOMS))
            .fetch_all(self.database.pool())
            .await?;
        rows.iter().map(|row| Record::new(row, "a room that waits").id("room")).collect()
    }

    /// Forgets processes that are gone and have nothing any more.
    async fn bury(&self) -> Result<(), Fault> {
        let bury = "DELETE FROM members WHERE agent = $1 AND until < clock_timestamp() - interval '1 minute'
            AND NOT EXISTS (SELECT FROM leases WHERE leases.agent = members.agent AND leases.member = members.id)";
        sqlx::query(bury).bind(self.agent).execute(self.database.pool()).await?;
        Ok(())
    }

    async fn beat_once(&self) -> Result<Beat, Fault> {
        self.hear_from_now_on().await;
        let (lost, others, silent) = self.renew().await?;
        match self.look(others, silent).await {
            Ok(beat) => Ok(Beat { lost, ..beat }),
            // What is lost is known once only: it is told now, and what failed is tried again at once.
            Err(fault) if !lost.is_empty() => {
                tracing::debug!("after rooms were lost: {}", self.told(fault));
                let others = self.state().others;
                Ok(Beat { lost, waiting: Vec::new(), others, next: Duration::ZERO })
            }
            Err(fault) => Err(fault),
        }
    }

    /// Gives back what is not used, and sees what waits.
    async fn look(&self, others: usize, silent: Duration) -> Result<Beat, Fault> {
        let idle = self.state().drop_idle(self.hub.lease);
        if !idle.is_empty() {
            self.give_back(&idle).await?;
        }
        let looks = {
            let state = self.state();
            others > 0 || state.others > 0 || state.looked.is_none_or(|at| at.elapsed() >= ALONE)
        };
        let waiting = if looks { self.waiting().await? } else { Vec::new() };
        let gone = self.state().others > others;
        {
            let mut state = self.state();
            state.others = others;
            if looks {
                state.looked = Some(Instant::now());
            }
        }
        if gone {
            self.bury().await?;
        }
        // At the moment at which a process is taken for gone, its rooms are free.
        let next = (self.hub.lease / 3).min(silent.saturating_add(Duration::from_millis(20)));
        Ok(Beat { lost: Vec::new(), waiting, others, next })
    }

    async fn hear_from_now_on(&self) {
        // Who waits for hints holds the lock, and has the receiver.
        if let Ok(mut hints) = self.hints.try_lock()
            && hints.is_none()
        {
            *hints = Some(self.hub.listen(&self.database, self.agent));
        }
    }

    async fn leave_once(&self) -> Result<(), Fault> {
        let joined = std::mem::take(&mut *self.state()).until.is_some();
        self.hub.forget(self.agent);
        if !joined {
            return Ok(());
        }
        let left = self.leave_members().await;
        // It says that this process has joined; whoever comes back at once joins anew.
        self.hub.forget_pulse().await;
        left
    }

    async fn leave_members(&self) -> Result<(), Fault> {
        let mut transaction = self.database.write().await?;
        for statement in [
            "DELETE FROM leases WHERE agent = $1 AND member = $2",
            "DELETE FROM members WHERE agent = $1 AND id = $2",
        ] {
            sqlx::query(statement).bind(self.agent).bind(self.hub.id).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn members_now(&self) -> Result<Vec<Member>, Fault> {
        let members = "SELECT id, (SELECT count(*) FROM leases
                WHERE leases.agent = members.agent AND leases.member = members.id) AS rooms
            FROM members WHERE agent = $1 AND until > clock_timestamp()";
        let rows = sqlx::query(members).bind(self.agent).fetch_all(self.database.pool()).await?;
        let member = |row| {
            let (record, id) = Record::new(row, "the process").named("id")?;
            let rooms = u64::try_from(record.number("rooms")?).ok();
            Ok(Member { id, since: process::began(id), rooms, is_this: id == self.hub.id })
        };
        let mut members = rows.iter().map(member).collect::<Result<Vec<_>, Fault>>()?;
        members.sort_by_key(|member| (member.since, member.id));
        Ok(members)
    }

    fn told(&self, fault: Fault) -> StoreError {
        self.database.told(fault)
    }
}

/// Refuses to write under a lease that is over. Until the end of the transaction nobody can take the room.
pub(super) async fn check(
    connection: &mut PgConnection,
    agent: Uuid,
    fence: Option<Lease>,
) -> Result<(), Fault> {
    let Some(lease) = fence else { return Ok(()) };
    let held = "SELECT FROM leases WHERE agent = $1 AND room = $2 AND fence = $3 FOR SHARE";
    let held =
        sqlx::query(held).bind(agent).bind(lease.room).bind(lease.fence).fetch_optional(connection).await?;
    held.map(drop).ok_or(Fault::Fenced(lease))
}

impl fmt::Debug for PostgresFabric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresFabric({}, {})", self.database.place(), self.agent)
    }
}

#[async_trait]
impl Fabric for PostgresFabric {
    fn description(&self) -> String {
        let (place, lease) = (self.database.place(), self.hub.lease);
        format!("shared with other processes on {place}; who is silent for {lease:?} loses its rooms")
    }

    async fn claim(&self, room: Uuid) -> Result<Claim, StoreError> {
        if let Some(lease) = self.state().sure(room) {
            return Ok(Claim::Held(lease));
        }
        let begun = Instant::now();
        let Some(fence) = self.take(room).await.map_err(|fault| self.told(fault))? else {
            let mut state = self.state();
            state.held.remove(&room);
            state.others = state.others.max(1);
            return Ok(Claim::Elsewhere { again: FOLLOW });
        };
        let mut state = self.state();
        state.until.get_or_insert(begun + self.hub.lease);
        state.held.insert(room, Held { fence, is_used: true, used: begun });
        Ok(Claim::Held(Lease { room, fence }))
    }

    async fn release(&self, lease: Lease) -> Result<(), StoreError> {
        if let Some(held) = self.state().held.get_mut(&lease.room) {
            (held.is_used, held.used) = (false, Instant::now());
        }
        Ok(())
    }

    async fn beat(&self) -> Result<Beat, StoreError> {
        self.beat_once().await.map_err(|fault| self.told(fault))
    }

    async fn queue(&self, room: Uuid, most: usize) -> Result<Vec<StoredRun>, StoreError> {
        runs::queue(&self.database, self.agent, room, count(most)).await.map_err(|fault| self.told(fault))
    }

    async fn tell(&self, hint: Hint) -> Result<(), StoreError> {
        if self.state().others == 0 {
            return Ok(());
        }
        self.hub.tell(&self.database, self.agent, hint).await.map_err(|fault| self.told(fault))
    }

    async fn heard(&self) -> Hint {
        self.hear_from_now_on().await;
        let mut hints = self.hints.lock().await;
        match hints.as_mut() {
            Some(hints) => match hints.recv().await {
                Some(hint) => hint,
                None => pending().await,
            },
            None => pending().await,
        }
    }

    async fn members(&self) -> Result<Vec<Member>, StoreError> {
        self.members_now().await.map_err(|fault| self.told(fault))
    }

    async fn leave(&self) -> Result<(), StoreError> {
        self.leave_once().await.map_err(|fault| self.told(fault))
    }
}
