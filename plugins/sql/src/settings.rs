//! Where the database is and how it is used.

use crate::SqlError;
use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use std::{fmt, path::PathBuf};

/// Settings of the SQL storage.
#[config]
#[derive(Clone, PartialEq, Eq)]
#[serde(default)]
pub struct Settings {
    /// The database. `sqlite://FILE`: a file, relative to the working directory, made with its folder if it is
    /// not there; `sqlite:///FILE` from the root. `sqlite::memory:`: forgotten at the end.
    /// `postgres://USER@HOST:5432/DATABASE`: PostgreSQL 15 or newer, where `?sslmode=verify-full` and
    /// `sslrootcert=FILE` may follow. Agents may share a database.
    pub url: String,
    /// The address as a secret, in the place of `url`: `{ env = "DATABASE_URL" }`.
    pub url_from: Option<Secret>,
    /// The password of the user of a PostgreSQL database. Without one, `PGPASSWORD` and the file `.pgpass` count.
    pub password: Option<Secret>,
    /// What written memories survive.
    pub durability: Durability,
    /// How long to wait for another process that is writing, in milliseconds.
    pub lock_wait_ms: u32,
    /// How many connections read at the same time from an SQLite file, 1 to 64.
    #[schemars(range(min = 1, max = 64))]
    pub readers: u32,
    /// How many connections to a PostgreSQL database all agents of this process have together, 1 to 500.
    #[schemars(range(min = 1, max = 500))]
    pub connections: u32,
    /// How long to wait for PostgreSQL to take a connection, or for one of this process's to become free, in
    /// milliseconds.
    pub connect_wait_ms: u32,
    /// How long PostgreSQL may take for one statement, in milliseconds; 0 for as long as it wants.
    pub statement_wait_ms: u32,
    /// The schema of a PostgreSQL database that holds the tables, made if it is not there. Agents that are to share
    /// memories with nobody else's tables have one of their own.
    #[schemars(regex(pattern = "^[a-z_][a-z0-9_]{0,62}$"))]
    pub schema: String,
    /// How long a process that shares rooms with others on a PostgreSQL database may be silent before those take over its
    /// rooms, in milliseconds; it says that it lives each third of that. At least 300.
    #[schemars(range(min = 300))]
    pub lease_ms: u32,
    /// Whether migrations of plugins may drop tables and columns or empty tables. Else one that would do so ends the
    /// start with an error, and `galatea db migrate --allow-destructive` allows it once.
    pub allow_destructive_migrations: bool,
    /// How much is kept of what grows with every turn.
    pub retention: Retention,
}

/// How much is kept of what grows with every turn, and when the rest is deleted. Memories are never deleted by it, nor
/// turns that run or wait for a person. 0 is no limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Retention {
    /// Records of turns, which `/why` and replay read, go when they are so many days old.
    pub runs_days: u32,
    /// The newest records of turns stay, up to so many MiB an agent.
    pub runs_mib: u32,
    /// Scores of evaluators go when they are so many days old.
    pub scores_days: u32,
    /// Cached values stay, up to so many MiB an agent; those that end first go first.
    pub cache_mib: u32,
    /// From this hour on, 0 to 23, there is little to do and old records are deleted …
    #[schemars(range(max = 23))]
    pub from_hour: u8,
    /// … until this one; the same hour is the whole day.
    #[schemars(range(max = 23))]
    pub to_hour: u8,
    /// Whose clocks say what hour it is, e.g. `Europe/Paris`.
    pub timezone: String,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            runs_days: 90,
            runs_mib: 1_024,
            scores_days: 365,
            cache_mib: 256,
            from_hour: 2,
            to_hour: 5,
            timezone: "UTC".to_owned(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: "sqlite://.galatea/agents.db".to_owned(),
            url_from: None,
            password: None,
            durability: Durability::default(),
            lock_wait_ms: 5_000,
            readers: 4,
            connections: 8,
            connect_wait_ms: 10_000,
            statement_wait_ms: 30_000,
            schema: "galatea".to_owned(),
            lease_ms: 10_000,
            allow_destructive_migrations: false,
            retention: Retention::default(),
        }
    }
}

impl Settings {
    /// The address, wherever it was given. It may hold a password.
    pub(crate) fn address(&self) -> &str {
        self.url_from.as_ref().map_or(&self.url, |secret| secret.expose())
    }

    /// The address as it may be shown.
    pub(crate) fn shown(&self) -> String {
        url_without_secrets(self.address())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.shown())
            .field("durability", &self.durability)
            .field("lock_wait_ms", &self.lock_wait_ms)
            .field("readers", &self.readers)
            .field("connections", &self.connections)
            .field("connect_wait_ms", &self.connect_wait_ms)
            .field("statement_wait_ms", &self.statement_wait_ms)
            .field("schema", &self.schema)
            .field("lease_ms", &self.lease_ms)
            .finish_non_exhaustive()
    }
}

/// What written memories survive. Whatever is chosen, the file stays whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// Everything: the crash of the program, of the operating system, and the loss of power. Waits for the disk
    /// at every write.
    #[default]
    PowerLoss,
    /// The crash or kill of the program. When the power fails, the operating system crashes or a PostgreSQL server does, the
    /// last seconds may be missing.
    Crash,
}

/// A database as [`Settings::url`] names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Gone with its last connection.
    Memory,
    /// A file; the path as it was written.
    File(PathBuf),
    /// A PostgreSQL database; the address as it was written, which may hold a password.
    Postgres(String),
}

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Self, SqlError> {
        let refused = |why: &str| SqlError::Url { url: url_without_secrets(url), why: why.to_owned() };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let rest = url
            .strip_prefix("sqlite:")
            .ok_or_else(|| refused("write `sqlite://FILE` or `postgres://USER@HOST/DATABASE`"))?;
        let file = rest.strip_prefix("//").unwrap_or(rest);
        if file == ":memory:" {
            return Ok(Self::Memory);
        }
        if file.contains('?') {
            return Err(refused(
                "nothing may follow a `?`; the other settings of the plugin say how the file is used",
            ));
        }
        if file.is_empty() || file.contains('\0') || file.ends_with('/') {
            return Err(refused("it names no file; write `sqlite://FILE`"));
        }
        Ok(Self::File(PathBuf::from(file)))
    }
}

/// The address of a server may hold a password, which no message may show.
pub(crate) fn url_without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{}", without_query(host)),
        _ => without_query(url),
    }
}

/// What follows the `?` may be a password too.
fn without_query(url: &str) -> String {
    match url.split_once('?') {
        Some((before, query)) if query.contains("password") => format!("{before}?…"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn urls_name_places() {
        for (url, wanted) in [
            ("sqlite::memory:", Place::Memory),
            ("sqlite://:memory:", Place::Memory),
            ("sqlite://.galatea/agents.db", Place::File(".galatea/agents.db".into())),
            ("sqlite:///var/a b%20.db", Place::File("/var/a b%20.db".into())),
            ("sqlite:a.db", Place::File("a.db".into())),
            ("postgres://ada@db/x", Place::Postgres("postgres://ada@db/x".to_owned())),
            ("postgresql://db/x", Place::Postgres("postgresql://db/x".to_owned())),
        ] {
            assert_eq!(Place::parse(url).unwrap(), wanted, "{url}");
        }
    }

    #[test]
    fn settings_show_no_secrets() {
        let password = Some(Secret::new("hush"));
        let in_url = Settings { url: "postgres://ada:hush@db/x".to_owned(), password, ..Settings::default() };
        let from =
            Settings { url_from: Some(Secret::new("postgres://ada:hush@db/x")), ..Settings::default() };
        for settings in [in_url, from] {
            let told = format!("{settings:?} {settings:#?}");
            assert!(told.contains("postgres://…@db/x") && !told.contains("hush"), "{told}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_advice() {
        for (url, wanted) in [
            ("mysql://ada:secret@db/x", "`mysql://…@db/x` cannot be used: write `sqlite://FILE`"),
            ("mysql://db/x?password=secret", "`mysql://db/x?…` cannot be used"),
            ("agents.db", "write `sqlite://FILE`"),
            ("", "write `sqlite://FILE`"),
            ("sqlite://", "names no file"),
            ("sqlite://folder/", "names no file"),
            ("sqlite://a.db?mode=ro", "`?`"),
        ] {
            let told = Place::parse(url).unwrap_err().to_string();
            assert!(told.contains(wanted) && !told.contains("secret"), "{url}: {told}");
        }
    }
}
