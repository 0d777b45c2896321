//! Opening files and sharing them.

use super::line::{Line, Span, Work};
use crate::{
    error::{Fault, SqlError, explain, is_busy},
    migrate::{Migration, Owned, migrate, refuse_foreign},
    settings::{Durability, Place, Settings},
};
use sqlx::{
    ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction,
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Whose tables the store's are, in the record of migrations.
const OWNER: &str = "sql";

const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "store", sql: include_str!("../../migrations/sqlite/0001_store.sql") },
    Migration { version: 2, name: "tasks", sql: include_str!("../../migrations/sqlite/0002_tasks.sql") },
    Migration { version: 3, name: "scores", sql: include_str!("../../migrations/sqlite/0003_scores.sql") },
    Migration {
        version: 4,
        name: "components",
        sql: include_str!("../../migrations/sqlite/0004_components.sql"),
    },
    Migration { version: 5, name: "waiting", sql: include_str!("../../migrations/sqlite/0005_waiting.sql") },
    Migration { version: 6, name: "journal", sql: include_str!("../../migrations/sqlite/0006_journal.sql") },
    Migration { version: 7, name: "search", sql: include_str!("../../migrations/sqlite/0007_search.sql") },
    Migration { version: 8, name: "leases", sql: include_str!("../../migrations/sqlite/0008_leases.sql") },
    Migration {
        version: 9,
        name: "spending",
        sql: include_str!("../../migrations/sqlite/0009_spending.sql"),
    },
    Migration {
        version: 10,
        name: "receipts",
        sql: include_str!("../../migrations/sqlite/0010_receipts.sql"),
    },
    Migration { version: 11, name: "tokens", sql: include_str!("../../migrations/sqlite/0011_tokens.sql") },
];

/// The store's own migrations.
pub(crate) fn own_migrations() -> Owned {
    Owned { owner: OWNER, migrations: MIGRATIONS.to_vec() }
}

/// The names of the store's tables, in lower case: what plugins must keep out of.
pub(crate) fn own_tables() -> impl Iterator<Item = String> {
    MIGRATIONS.iter().flat_map(Migration::tables)
}

/// The open files of this process. Thousands of agents may share one; each connection is a thread, so they must
/// not have their own.
static OPEN: Mutex<BTreeMap<Key, Weak<Database>>> = Mutex::const_new(BTreeMap::new());

/// What makes connections differ: the file and how it is used.
type Key = (String, Durability, u32, u32);

/// The connections to a database.
pub(crate) struct Database {
    place: String,
    durability: Durability,
    in_memory: bool,
    /// The file, as an absolute path.
    file: Option<PathBuf>,
    allow_destructive: bool,
    /// One connection, so that writers wait in line here, in order, instead of failing on SQLite's lock.
    writer: SqlitePool,
    readers: SqlitePool,
    /// What copies the file: not a reader, since it writes the copy, and not the writer, which others need meanwhile.
    copier: SqlitePool,
    /// Where most writes go, so that several wait for the disk once.
    line: Arc<Line>,
    /// The stores that are open on it.
    users: AtomicUsize,
    /// How often a cached value was written, for the sweeping.
    pub(crate) cache_writes: AtomicUsize,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.place)
    }
}

impl Database {
    /// The database of these settings: the one that is open already, or a new one. In memory it is always a new one.
    pub(crate) async fn open(settings: &Settings) -> Result<Arc<Self>, SqlError> {
        let place = Place::parse(settings.address())?;
        let path = match &place {
            Place::Memory => return Self::connect(settings, None).await.map(Arc::new),
            Place::File(path) => path,
            Place::Postgres(_) => {
                let why = "it is not of SQLite; open it with `galatea_sql::open`".to_owned();
                return Err(SqlError::Url { url: settings.shown(), why });
            }
        };
        make_folder(path)?;
        // The same file by another name is the same database, also after the working directory changed.
        let url = std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string();
        let key = (url, settings.durability, settings.lock_wait_ms, settings.readers);
        let mut open = OPEN.lock().await;
        if let Some(database) = open.get(&key).and_then(Weak::upgrade).filter(|database| database.enter()) {
            return Ok(database);
        }
        let database = Arc::new(Self::connect(settings, Some(path)).await?);
        open.retain(|_, other| other.strong_count() > 0);
        open.insert(key, Arc::downgrade(&database));
        Ok(database)
    }

    async fn connect(settings: &Settings, path: Option<&Path>) -> Result<Self, SqlError> {
        let place = path.map_or_else(|| "memory".to_owned(), |path| format!("`{}`", path.display()));
        let wait = Duration::from_millis(settings.lock_wait_ms.into());
        let options = options(settings, path, wait)?;
        let mut one = pool(1);
        if path.is_some() {
            one = one.before_acquire(|writer, _| Box::pin(async move { Ok(is_usable(writer)) }));
        }
        let writer = one.connect_lazy_with(options.clone());
        prepare(&writer, &place, wait).await?;
        let copier = match path {
            None => writer.clone(),
            Some(_) => pool(1).connect_lazy_with(options.clone().create_if_missing(false)),
        };
        let readers = match path {
            None => writer.clone(),
            Some(_) => pool(settings.readers.clamp(1, 64))
                .connect_lazy_with(options.create_if_missing(false).pragma("query_only", "ON")),
        };
        Ok(Self {
            line: Line::new(place.clone(), writer.clone()),
            place,
            durability: settings.durability,
            in_memory: path.is_none(),
            file: path.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())),
            allow_destructive: settings.allow_destructive_migrations,
            writer,
            readers,
            copier,
            users: AtomicUsize::new(1),
            cache_writes: AtomicUsize::new(0),
        })
    }

    /// The file, in backquotes.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Where processes that open the file keep the locks of rooms; none in memory, which is of one process.
    pub(crate) fn rooms_folder(&self) -> Option<PathBuf> {
        let mut folder = self.file.clone()?.into_os_string();
        folder.push("-rooms");
        Some(folder.into())
    }

    /// Where it is and what it survives, for the load report.
    pub(crate) fn described(&self) -> String {
        let survives = match (self.in_memory, self.durability) {
            (true, _) => return "SQLite in memory (forgotten at the end of the process)".to_owned(),
            (false, Durability::PowerLoss) => "survives the loss of power",
            (false, Durability::Crash) => {
                "survives a crash of the program; the loss of power may cost the last seconds"
            }
        };
        format!("SQLite at {} ({survives})", self.place)
    }

    /// Whether migrations of plugins may destroy data.
    pub(crate) const fn allows_destructive(&self) -> bool {
        self.allow_destructive
    }

    pub(crate) const fn writer(&self) -> &SqlitePool {
        &self.writer
    }

    pub(crate) const fn copier(&self) -> &SqlitePool {
        &self.copier
    }

    pub(crate) const fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Does several statements wholly or not at all, in a transaction that others may share. Once it has begun it
    /// ends, also if its future is dropped.
    pub(crate) async fn change<T, W>(&self, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        self.line.write(Span::Several, work).await
    }

    /// The same for one statement, which costs less.
    pub(crate) async fn statement<T, W>(&self, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        self.line.write(Span::Statement, work).await
    }

    /// Does a statement of whose rows nobody asks, together with others; how many it changed.
    pub(crate) async fn done(
        &self,
        statement: Query<'static, Sqlite, SqliteArguments>,
    ) -> Result<u64, Fault> {
        self.statement(|connection| {
            Box::pin(async move { Ok(statement.execute(connection).await?.rows_affected()) })
        })
        .await
    }

    /// Begins to write alone: for what must look at what it read before it writes on. The lock is taken at once: a transaction that read before it writes could not be repeated.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
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

    /// Waits for calls that are under way, moves the write-ahead log into the file and lets it go.
    pub(crate) async fn close(&self) {
        // The writer last: the last connection to go tidies up, and the readers may not write.
        if !self.in_memory {
            self.readers.close().await;
            self.copier.close().await;
        }
        self.writer.close().await;
    }
}

/// Whether the connection that writes can go on. When the disk fails or is full, SQLite undoes a transaction by itself,
/// and for sqlx it is open for ever.
fn is_usable(writer: &SqliteConnection) -> bool {
    !writer.is_in_transaction()
}

pub(super) fn make_folder(path: &Path) -> Result<(), SqlError> {
    if path.is_dir() {
        let place = path.display();
        return Err(SqlError::Failed(format!(
            "`{place}` is a folder: name a file in it, e.g. `{place}/agents.db`"
        )));
    }
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    private_folder(folder).map_err(|error| {
        let (folder, path) = (folder.display(), path.display());
        SqlError::Failed(format!("the folder `{folder}` for `{path}` cannot be made: {error}"))
    })
}

/// Makes a folder and those above it. What agents remember is for who runs them: nobody else may look in.
pub(super) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

pub(super) fn options(
    settings: &Settings,
    path: Option<&Path>,
    wait: Duration,
) -> Result<SqliteConnectOptions, SqlError> {
    let options = match path {
        Some(path) => SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(match settings.durability {
                Durability::PowerLoss => SqliteSynchronous::Full,
                Durability::Crash => SqliteSynchronous::Normal,
            }),
        None => "sqlite::memory:"
            .parse::<SqliteConnectOptions>()
            .map_err(|error| SqlError::Failed(explain("memory", &error)))?,
    };
    Ok(options.foreign_keys(true).busy_timeout(wait).disable_statement_logging())
}

/// A connection lives as long as its pool: nothing is to be gained by opening a file again, and idle agents use
/// no CPU.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// Makes or checks the tables and drops cached values whose time is over.
async fn prepare(writer: &SqlitePool, place: &str, wait: Duration) -> Result<(), SqlError> {
    let failed = |error: sqlx::Error| SqlError::Failed(explain(place, &error));
    let mut connection = connect_patiently(writer, wait).await.map_err(failed)?;
    refuse_foreign(&mut connection, place).await?;
    migrate(&mut connection, place, &[own_migrations()], None).await?;
    super::cache::sweep(&mut connection).await.map_err(failed)
}

/// Two processes that make a file at once are in each other's way while it becomes a WAL file, where SQLite
/// does not wait.
async fn connect_patiently(
    writer: &SqlitePool,
    wait: Duration,
) -> Result<sqlx::pool::PoolConnection<Sqlite>, sqlx::Error> {
    let begun = Instant::now();
    loop {
        match writer.acquire().await {
            Err(error) if is_busy(&error) && begun.elapsed() < wait => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            other => return other,
        }
    }
}
