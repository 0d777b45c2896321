//! Statements that are kept together or not at all.

use super::{DatabaseError, Dialect, Param, Row, link, statement, statement::Use};
use std::{collections::BTreeSet, fmt, sync::Arc};
use tokio::sync::Mutex;

type Begun = Arc<Mutex<Option<link::Begun>>>;

/// What the statements of one transaction go through. Clones are the same transaction; when it is over, every use is an
/// error.
#[derive(Clone)]
pub struct Transaction {
    begun: Begun,
    dialect: Dialect,
    place: Arc<str>,
    forbidden: Arc<BTreeSet<String>>,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transaction({})", self.place)
    }
}

impl Transaction {
    pub(super) fn new(begun: link::Begun, place: &str, forbidden: &BTreeSet<String>) -> Self {
        let dialect = begun.dialect();
        let begun = Arc::new(Mutex::new(Some(begun)));
        Self { begun, dialect, place: place.into(), forbidden: Arc::new(forbidden.clone()) }
    }

    pub(super) fn ending(&self) -> Ending {
        Ending { begun: Arc::clone(&self.begun), place: Arc::clone(&self.place) }
    }

    /// The rows that a statement gives; it may write, with `RETURNING` for instance.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn query(
        &self,
        sql: &str,
        params: impl IntoIterator<Item = impl Into<Param>>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let params = params.into_iter().map(Into::into).collect();
        self.check(sql)?;
        let mut begun = self.begun.lock().await;
        begun.as_mut().ok_or_else(over)?.query(&self.place, sql, params).await
    }

    /// Does a statement; how many rows it changed.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn execute(
        &self,
        sql: &str,
        params: impl IntoIterator<Item = impl Into<Param>>,
    ) -> Result<u64, DatabaseError> {
        let params = params.into_iter().map(Into::into).collect();
        self.check(sql)?;
        let mut begun = self.begun.lock().await;
        begun.as_mut().ok_or_else(over)?.execute(&self.place, sql, params).await
    }

    fn check(&self, sql: &str) -> Result<(), DatabaseError> {
        statement::check(sql, Use::Write, &self.forbidden, self.dialect).map_err(DatabaseError::Refused)
    }
}

fn over() -> DatabaseError {
    DatabaseError::Refused("the transaction is over".to_owned())
}

/// Ends the transaction: as it is told, or, if it is dropped before, by undoing it, whoever still has a clone.
pub(super) struct Ending {
    begun: Begun,
    place: Arc<str>,
}

impl Ending {
    pub(super) async fn end(self, keep: bool) -> Result<(), DatabaseError> {
        let begun = self.begun.lock().await.take().ok_or_else(over)?;
        begun.end(&self.place, keep).await
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        // Taken by nobody else: at most a clone that runs a statement, with which it ends.
        if let Ok(mut begun) = self.begun.try_lock() {
            drop(begun.take());
        }
    }
}
