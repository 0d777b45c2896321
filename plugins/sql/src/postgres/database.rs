//! Opening databases and sharing them.

use super::{
    connect::{self, Loss},
    explain::{explain, is_clash, is_lost},
    hub::Hub,
    migrate,
};
use crate::{
    error::{Fault, SqlError},
    settings::{Durability, Settings},
};
use galatea::store::StoreError;
use sqlx::{Connection, PgPool, Postgres, Transaction};
use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// The databases that this process has connections to, each with the settings it was opened with.
static OPEN: Mutex<Vec<(Settings, Arc<Mutex<Slot>>)>> = Mutex::const_new(Vec::new());

/// One database: who opens it holds the lock, and the others wait.
#[derive(Debug, Default)]
struct Slot {
    database: Weak<Database>,
    /// When and why it could last not be opened, for those who waited meanwhile: a thousand agents do not wait for a
    /// server in turn.
    failed: Option<(Instant, String)>,
}

/// The connections to a database.
#[derive(Debug)]
pub(crate) struct Database {
    place: String,
    /// The server's, e.g. `18.6`.
    version: String,
    schema: String,
    durability: Durability,
    allow_destructive: bool,
    pool: PgPool,
    /// One more connection, made when rooms are shared: no work keeps this process from saying that it lives.
    beats: PgPool,
    /// This process, as those see it that share rooms.
    hub: Arc<Hub>,
    loss: Loss,
    /// The stores that are open on it.
    users: AtomicUsize,
    /// How often a cached value was written, for the sweeping.
    pub(super) cache_writes: AtomicUsize,
}

impl Database {
    /// The database of these settings: the one that is open already, or a new one.
    pub(crate) async fn open(settings: &Settings) -> Result<Arc<Self>, SqlError> {
        let begun = Instant::now();
        let slot = slot(settings).await;
        let mut slot = slot.lock().await;
        if let Some(database) = slot.database.upgrade().filter(|database| database.enter()) {
            return Ok(database);
        }
        if let Some((_, why)) = slot.failed.as_ref().filter(|(at, _)| *at >= begun) {
            return Err(SqlError::Failed(why.clone()));
        }
        match Self::connect(settings).await {
            Ok(database) => {
                let database = Arc::new(database);
                slot.database = Arc::downgrade(&database);
                Ok(database)
            }
            Err(error) => {
                slot.failed = Some((Instant::now(), error.to_string()));
                Err(error)
            }
        }
    }

    async fn connect(settings: &Settings) -> Result<Self, SqlError> {
        let (options, schema) = (connect::options(settings)?, connect::schema(settings)?);
        let place = connect::place(&options);
        let wait = Duration::from_millis(settings.connect_wait_ms.into());
        let mut first = connect::patiently(&options, &place, wait).await?;
        let version =
            migrate::prepare(&mut first, &place, schema, &connect::greeting(settings, schema)).await?;
        drop(first.close().await);
        let loss = Loss::default();
        let one = Settings { connections: 1, ..settings.clone() };
        Ok(Self {
            beats: connect::pool(options.clone(), &one, schema, &loss),
            pool: connect::pool(options, settings, schema, &loss),
            place,
            hub: Hub::new(Duration::from_millis(settings.lease_ms.max(300).into())),
            version,
            schema: schema.to_owned(),
            durability: settings.durability,
            allow_destructive: settings.allow_destructive_migrations,
            loss,
            users: AtomicUsize::new(1),
            cache_writes: AtomicUsize::new(0),
        })
    }

    /// Its name, host and port.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The schema with its tables.
    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// Where it is and what it survives, for the load report.
    pub(crate) fn described(&self) -> String {
        let survives = match self.durability {
            Durability::PowerLoss => "survives the loss of power",
            Durability::Crash => {
                "survives a crash of the program; one of the server may cost the last seconds"
            }
        };
        format!("{}, schema `{}`, version {} ({survives})", self.place, self.schema, self.version)
    }

    /// Whether migrations of plugins may destroy data.
    pub(super) const fn allows_destructive(&self) -> bool {
        self.allow_destructive
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(super) const fn beats(&self) -> &PgPool {
        &self.beats
    }

    pub(super) const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    pub(super) async fn write(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin("BEGIN").await
    }

    /// A transaction that only reads and sees one moment.
    pub(super) async fn view(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    /// On a task of its own: sqlx does not roll back what is dropped while it begins, and the connection would go back to
    /// the pool with a transaction that nobody commits.
    pub(crate) async fn begin(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(statement).await }).await;
        begun.unwrap_or(Err(sqlx::Error::BeginFailed))
    }

    pub(super) fn told(&self, fault: Fault) -> StoreError {
        self.is_lost(&fault);
        fault.told(&self.place, explain)
    }

    /// Whether it failed because a connection was lost; then the other ones are looked at before their next use.
    pub(super) fn is_lost(&self, fault: &Fault) -> bool {
        matches!(fault, Fault::Sql(error) if self.lost(error))
    }

    pub(crate) fn lost(&self, error: &sqlx::Error) -> bool {
        let lost = is_lost(error);
        if lost {
            self.loss.note();
        }
        lost
    }

    /// Counts one more user, unless the last one has left.
    fn enter(&self) -> bool {
        let more = |users| if users == 0 { None } else { Some(users + 1) };
        self.users.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }

    /// Counts one user less; whether it was the last.
    pub(crate) fn leave(&self) -> bool {
        self.users.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Waits for calls that are under way and ends the connections.
    pub(crate) async fn close(&self) {
        self.beats.close().await;
        self.pool.close().await;
    }
}

async fn slot(settings: &Settings) -> Arc<Mutex<Slot>> {
    let mut open = OPEN.lock().await;
    // Those that nobody uses or opens go; one whose lock is held is being opened.
    open.retain(|(_, slot)| {
        Arc::strong_count(slot) > 1 || slot.try_lock().map_or(true, |slot| slot.database.strong_count() > 0)
    });
    if let Some((_, slot)) = open.iter().find(|(known, _)| known == settings) {
        return Arc::clone(slot);
    }
    let slot = Arc::default();
    open.push((settings.clone(), Arc::clone(&slot)));
    slot
}

/// How often a write is begun again that was in another's way.
const TRIES: u32 = 10;

/// Counts how often a write was begun.
#[derive(Debug, Default)]
pub(super) struct Tries(u32);

impl Tries {
    /// Whether it is worth trying once more, after a while: nothing was written.
    pub(super) async fn again(&mut self, fault: &Fault) -> bool {
        self.0 += 1;
        let again = self.0 < TRIES && matches!(fault, Fault::Sql(error) if is_clash(error));
        if again {
            tokio::time::sleep(Duration::from_millis(u64::from(self.0) * 3)).await;
        }
        again
    }
}
