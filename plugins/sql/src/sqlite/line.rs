//! The line of those who write: many wait for the disk once.
//!
//! SQLite has one writer at a time, and most of a small write is the wait for the disk. What comes while a transaction
//! is under way waits here and goes into the next one together, each in a savepoint of its own; all are answered when
//! that one is kept. There is no timer: who comes alone is written at once. The task that writes lives as long as
//! somebody waits, so an idle file costs nothing.

use crate::error::{Fault, explain};
use async_trait::async_trait;
use sqlx::{Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::{
    collections::VecDeque,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// What a job does; it may borrow the connection.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'c>>;

/// So many jobs share a transaction at most: enough that the disk is no longer what they wait for, and few enough that
/// other processes have their turn.
const TOGETHER: usize = 128;

/// Whether a job needs a savepoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    /// One statement, which SQLite does wholly or not at all by itself.
    Statement,
    /// Several, which belong together.
    Several,
}

/// Those who write to one database.
pub(crate) struct Line {
    place: String,
    /// One connection; who has it is the writer.
    writer: SqlitePool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Box<dyn Job>>,
    /// Somebody works on them.
    served: bool,
}

impl Line {
    pub(super) fn new(place: String, writer: SqlitePool) -> Arc<Self> {
        Arc::new(Self { place, writer, waiting: Mutex::default() })
    }

    /// Writes, together with others. Once it has begun it ends, also if nobody waits for it any more.
    pub(super) async fn write<T, W>(self: &Arc<Self>, span: Span, work: W) -> Result<T, Fault>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let (to, answer) = oneshot::channel();
        let job = Typed { span, work: Some(work), made: None, to };
        let first = {
            let mut waiting = self.waiting();
            waiting.jobs.push_back(Box::new(job));
            !mem::replace(&mut waiting.served, true)
        };
        if first {
            tokio::spawn(Serving(Some(Arc::clone(self))).run());
        }
        answer.await.unwrap_or_else(|_| {
            let place = &self.place;
            let why = "was written to while the program ended: what was not answered may be missing";
            Err(Fault::Told(format!("{place} {why}")))
        })
    }

    // A job is pushed or taken: nothing is half done when somebody panics.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The jobs that go together next; with none, nobody serves from now on.
    fn next(&self) -> Vec<Box<dyn Job>> {
        let mut waiting = self.waiting();
        waiting.jobs.retain(|job| job.is_wanted());
        let count = waiting.jobs.len().min(TOGETHER);
        waiting.served = count > 0;
        waiting.jobs.drain(..count).collect()
    }

    async fn serve(&self, mut jobs: Vec<Box<dyn Job>>) {
        let Err(error) = self.together(&mut jobs).await else {
            jobs.into_iter().for_each(|job| job.answer(Ok(())));
            return;
        };
        let why = explain(&self.place, &error);
        let (begun, others): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.has_begun());
        // What did not begin has its own try: the cause may have been one job's, e.g. one that is too large for the disk. Where none
        // began the cause is the database's.
        let (failed, again) = if begun.is_empty() { (others, Vec::new()) } else { (begun, others) };
        failed.into_iter().for_each(|job| job.answer(Err(why.clone())));
        let mut waiting = self.waiting();
        again.into_iter().rev().for_each(|job| waiting.jobs.push_front(job));
    }

    /// Does the jobs and keeps them. An error is one of the database: then nothing of any of them is kept.
    async fn together(&self, jobs: &mut [Box<dyn Job>]) -> Result<(), sqlx::Error> {
        let mut connection = self.writer.acquire().await?;
        if let [job] = jobs
            && job.span() == Span::Statement
        {
            return job.run(&mut connection).await;
        }
        // The lock is taken at once: a transaction that read before it writes could not be repeated.
        let mut all = connection.begin_with("BEGIN IMMEDIATE").await?;
        for job in jobs {
            match job.span() {
                Span::Statement => job.run(&mut all).await?,
                Span::Several => apart(&mut all, job.as_mut()).await?,
            }
        }
        all.commit().await
    }
}

/// Does a job in a savepoint: if it fails, what the others did stays.
async fn apart(all: &mut Transaction<'_, Sqlite>, job: &mut dyn Job) -> Result<(), sqlx::Error> {
    let mut own = all.begin().await?;
    job.run(&mut own).await?;
    match job.has_failed() {
        true => own.rollback().await,
        false => own.commit().await,
    }
}

/// Who works on the jobs. Its runtime may end in the middle: then those who wait are told.
struct Serving(Option<Arc<Line>>);

impl Serving {
    async fn run(mut self) {
        while let Some(line) = &self.0 {
            let jobs = line.next();
            if jobs.is_empty() {
                self.0 = None;
                return;
            }
            line.serve(jobs).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(line) = &self.0 {
            let mut waiting = line.waiting();
            waiting.served = false;
            waiting.jobs.clear();
        }
    }
}

/// A write with its types forgotten.
#[async_trait]
trait Job: Send {
    fn span(&self) -> Span;
    /// Whether somebody still waits for it.
    fn is_wanted(&self) -> bool;
    fn has_begun(&self) -> bool;
    fn has_failed(&self) -> bool;
    /// Does it. Its own failure is kept for the answer; an error means that the transaction is over.
    async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error>;
    /// Tells who waits what came of it, or why none of it was kept.
    fn answer(self: Box<Self>, kept: Result<(), String>);
}

struct Typed<T, W> {
    span: Span,
    work: Option<W>,
    made: Option<Result<T, Fault>>,
    to: oneshot::Sender<Result<T, Fault>>,
}

#[async_trait]
impl<T, W> Job for Typed<T, W>
where
    T: Send + 'static,
    W: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
{
    fn span(&self) -> Span {
        self.span
    }

    fn is_wanted(&self) -> bool {
        !self.to.is_closed()
    }

    fn has_begun(&self) -> bool {
        self.work.is_none()
    }

    fn has_failed(&self) -> bool {
        matches!(self.made, Some(Err(_)))
    }

    async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        match work(connection).await {
            Err(Fault::Sql(error)) if crate::error::ends_transaction(&error) => Err(error),
            made => {
                self.made = Some(made);
                Ok(())
            }
        }
    }

    fn answer(self: Box<Self>, kept: Result<(), String>) {
        let answer = match (kept, self.made) {
            (Ok(()), Some(made)) => made,
            // Its own failure says more than that of the others.
            (Err(_), Some(Err(fault))) => Err(fault),
            (Err(why), _) => Err(Fault::Told(why)),
            (Ok(()), None) => return,
        };
        // Who gave up waiting is not told.
        drop(self.to.send(answer));
    }
}
