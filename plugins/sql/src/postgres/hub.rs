//! What the agents of a process share on a database: one identity, one heartbeat, one connection that listens.

use super::database::Database;
use crate::error::Fault;
use galatea::fabric::Hint;
use serde::{Deserialize, Serialize};
use sqlx::{
    PgPool, Row,
    postgres::{PgListener, PgPoolOptions},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, task::JoinHandle};
use uuid::Uuid;

/// Where processes tell each other. Who listens takes what is for its agents.
const CHANNEL: &str = "galatea_hints";

/// PostgreSQL carries less than 8000 bytes.
const MOST_BYTES: usize = 7_900;

/// How many hints of an agent may wait; more are dropped, since looking finds what they were about.
const MOST_HINTS: usize = 1_024;

/// How long to wait before listening again after the connection could not be made.
const LISTEN_AGAIN: Duration = Duration::from_secs(2);

/// What is told, as it travels.
#[derive(Serialize, Deserialize)]
struct Letter {
    schema: String,
    agent: Uuid,
    from: Uuid,
    hint: Hint,
}

/// The processes of a database at a moment.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// The agents that this process has joined.
    pub(super) joined: BTreeSet<Uuid>,
    /// The agents that other living processes run: how many, and when the first of those is taken for gone if it
    /// stays silent.
    pub(super) others: BTreeMap<Uuid, (usize, Duration)>,
}

/// This process, as others see it.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) id: Uuid,
    /// How long a process may be silent.
    pub(super) lease: Duration,
    pulse: tokio::sync::Mutex<Option<(Instant, Arc<Pulse>)>>,
    listening: Mutex<Listening>,
}

#[derive(Debug, Default)]
struct Listening {
    agents: BTreeMap<Uuid, mpsc::Sender<Hint>>,
    task: Option<JoinHandle<()>>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Hub {
    pub(super) fn new(lease: Duration) -> Arc<Self> {
        Arc::new(Self {
            id: Uuid::now_v7(),
            lease,
            pulse: tokio::sync::Mutex::default(),
            listening: Mutex::default(),
        })
    }

    /// Says that this process lives, for all its agents at once, and sees who else does. Agents that ask at about the
    /// same time share an answer. With it comes the moment from which the leases count.
    pub(super) async fn pulse(
        &self,
        database: &Database,
        renewed: bool,
    ) -> Result<(Instant, Arc<Pulse>), Fault> {
        let mut last = self.pulse.lock().await;
        let is_fresh = |at: &Instant, pulse: &Pulse| {
            let age = at.elapsed();
            age < self.lease / 12 && pulse.others.values().all(|(_, silent)| age < *silent)
        };
        if let Some((at, pulse)) = last.as_ref().filter(|(at, pulse)| !renewed && is_fresh(at, pulse)) {
            return Ok((*at, Arc::clone(pulse)));
        }
        let begun = Instant::now();
        let pulse = Arc::new(self.beat(database).await?);
        *last = Some((begun, Arc::clone(&pulse)));
        Ok((begun, pulse))
    }

    async fn beat(&self, database: &Database) -> Result<Pulse, Fault> {
        let renew = "UPDATE members SET until = clock_timestamp() + make_interval(secs => $2) WHERE id = $1
            RETURNING agent";
        let rows = sqlx::query(renew)
            .bind(self.id)
            .bind(self.lease.as_secs_f64())
            .fetch_all(database.beats())
            .await?;
        let joined = rows.iter().map(|row| row.try_get("agent")).collect::<Result<_, _>>()?;
        let others = "SELECT agent, count(*) AS count,
                extract(epoch FROM min(until) - clock_timestamp())::float8 AS silent
            FROM members WHERE id <> $1 AND until > clock_timestamp() GROUP BY agent";
        let rows = sqlx::query(others).bind(self.id).fetch_all(database.beats()).await?;
        let mut pulse = Pulse { joined, ..Pulse::default() };
        for row in &rows {
            let (count, silent): (i64, f64) = (row.try_get("count")?, row.try_get("silent")?);
            let silent = Duration::try_from_secs_f64(silent).unwrap_or_default();
            pulse.others.insert(row.try_get("agent")?, (usize::try_from(count).unwrap_or_default(), silent));
        }
        Ok(pulse)
    }

    fn listening(&self) -> MutexGuard<'_, Listening> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the hints for an agent from now on.
    pub(super) fn listen(self: &Arc<Self>, database: &Database, agent: Uuid) -> mpsc::Receiver<Hint> {
        let (sender, receiver) = mpsc::channel(MOST_HINTS);
        let mut listening = self.listening();
        listening.agents.insert(agent, sender);
        if listening.task.is_none() {
            // A connection of its own: one of the pool would be missing there.
            let options = database.pool().connect_options().as_ref().clone();
            let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options);
            let (hub, schema) = (Arc::downgrade(self), database.schema().to_owned());
            listening.task = Some(tokio::spawn(async move {
                while hub.strong_count() > 0 {
                    let hub = || hub.upgrade();
                    if let Err(error) = hear(&pool, &schema, hub).await {
                        tracing::debug!("what other processes tell is not heard: {error}");
                    }
                    tokio::time::sleep(LISTEN_AGAIN).await;
                }
            }));
        }
        receiver
    }

    /// Looks anew at the next beat, however soon that is.
    pub(super) async fn forget_pulse(&self) {
        *self.pulse.lock().await = None;
    }

    /// Takes no more hints for an agent.
    pub(super) fn forget(&self, agent: Uuid) {
        let mut listening = self.listening();
        listening.agents.remove(&agent);
        if listening.agents.is_empty()
            && let Some(task) = listening.task.take()
        {
            task.abort();
        }
    }

    fn deliver(&self, letter: Letter) {
        if letter.from == self.id {
            return;
        }
        if let Some(agent) = self.listening().agents.get(&letter.agent) {
            // One that is full or gone finds by looking what it was about.
            drop(agent.try_send(letter.hint));
        }
    }

    /// Tells the other processes that run an agent.
    pub(super) async fn tell(&self, database: &Database, agent: Uuid, hint: Hint) -> Result<(), Fault> {
        let letter = Letter { schema: database.schema().to_owned(), agent, from: self.id, hint };
        let text = serde_json::to_string(&letter).map_err(|error| Fault::Refused(error.to_string()))?;
        if text.len() > MOST_BYTES {
            let why = format!(
                "what is told to other processes takes {} bytes, and PostgreSQL carries {MOST_BYTES}: store it and tell its id",
                text.len()
            );
            return Err(Fault::Refused(why));
        }
        sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(text).execute(database.pool()).await?;
        Ok(())
    }
}

/// Hears until the connection cannot be made, or the hub is gone.
async fn hear(pool: &PgPool, schema: &str, hub: impl Fn() -> Option<Arc<Hub>>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let told = listener.recv().await?;
        let Some(hub) = hub() else { return Ok(()) };
        match serde_json::from_str::<Letter>(told.payload()) {
            Ok(letter) if letter.schema == schema => hub.deliver(letter),
            // Of agents elsewhere in the database, or of another version.
            _ => {}
        }
    }
}
