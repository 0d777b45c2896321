//! Where the database is and how it is used.

use crate::SqlError;
use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// Settings of the SQL storage.
#[config]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(default)]
pub struct Settings {
    /// The database. `sqlite://FILE`: a file, relative to the working directory, made with its folder if it is
    /// not there; `sqlite:///FILE` from the root. `sqlite::memory:`: forgotten at the end. Agents may share a
    /// file.
    pub url: String,
    /// What written memories survive.
    pub durability: Durability,
    /// How long to wait for another process that is writing, in milliseconds.
    pub lock_wait_ms: u32,
    /// How many connections read at the same time, 1 to 64.
    #[schemars(range(min = 1, max = 64))]
    pub readers: u32,
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
            durability: Durability::default(),
            lock_wait_ms: 5_000,
            readers: 4,
            allow_destructive_migrations: false,
            retention: Retention::default(),
        }
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
    /// The crash or kill of the program. When the power fails or the operating system crashes, the last seconds
    /// may be missing.
    Crash,
}

/// A database as [`Settings::url`] names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Gone with its last connection.
    Memory,
    /// A file; the path as it was written.
    File(PathBuf),
}

impl Place {
    pub(crate) fn parse(url: &str) -> Result<Self, SqlError> {
        let refused = |why: &str| SqlError::Url { url: url_without_secrets(url), why: why.to_owned() };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Err(refused("PostgreSQL comes with a later version; use `sqlite://FILE`"));
        }
        let rest = url
            .strip_prefix("sqlite:")
            .ok_or_else(|| refused("write `sqlite://FILE` or `sqlite::memory:`"))?;
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
fn url_without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
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
        ] {
            assert_eq!(Place::parse(url).unwrap(), wanted, "{url}");
        }
    }

    #[test]
    fn other_urls_are_refused_with_advice() {
        for (url, wanted) in [
            (
                "postgres://ada:secret@db/x",
                "`postgres://…@db/x` cannot be used: PostgreSQL comes with a later version",
            ),
            ("postgresql://db/x", "later version"),
            ("mysql://db/x", "write `sqlite://FILE`"),
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
