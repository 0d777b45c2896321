//! Statements about scores.

use super::{
    SqliteStore,
    database::Database,
    row::{PARAMETERS, Record, blob, count, json, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{Score, ScoreQuery, ScoreStore, StoreError};
use sqlx::{QueryBuilder, Sqlite, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl ScoreStore for SqliteStore {
    async fn add_scores(&self, scores: &[Score]) -> Result<(), StoreError> {
        add(&self.database, self.agent, scores).await.map_err(|fault| self.told(fault))
    }

    async fn scores(&self, query: &ScoreQuery) -> Result<Vec<Score>, StoreError> {
        find(&self.database, self.agent, query).await.map_err(|fault| self.told(fault))
    }
}

/// The columns of a score.
pub(super) const SCORE: &str = "id, evaluator, run, room, at, score, passed, metadata";

/// How many columns one score is written to.
const COLUMNS: usize = 9;

pub(super) async fn add(database: &Database, agent: Uuid, scores: &[Score]) -> Result<(), Fault> {
    if scores.is_empty() {
        return Ok(());
    }
    let rows = scores
        .iter()
        .map(|score| Ok((score.clone(), json("metadata", &score.metadata)?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    database
        .change(move |connection| {
            Box::pin(async move {
                for some in rows.chunks(PARAMETERS / COLUMNS) {
                    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
                        "INSERT INTO scores (agent, id, evaluator, run, room, at, score, passed, metadata) ",
                    );
                    statement.push_values(some, |mut row, (score, metadata)| {
                        row.push_bind(blob(agent))
                            .push_bind(blob(score.id))
                            .push_bind(score.evaluator.clone())
                            .push_bind(blob(score.run))
                            .push_bind(blob(score.room))
                            .push_bind(time(score.at))
                            .push_bind(score.score)
                            .push_bind(score.passed)
                            .push_bind(metadata.clone());
                    });
                    statement.push(" ON CONFLICT (agent, id) DO NOTHING");
                    statement.build().execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        .await
}

pub(super) async fn find(database: &Database, agent: Uuid, query: &ScoreQuery) -> Result<Vec<Score>, Fault> {
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
        "SELECT id, evaluator, run, room, at, score, passed, metadata FROM scores WHERE agent = ",
    );
    statement.push_bind(blob(agent));
    if let Some(evaluator) = &query.evaluator {
        statement.push(" AND evaluator = ").push_bind(evaluator.as_str());
    }
    if let Some(room) = query.room {
        statement.push(" AND room = ").push_bind(blob(room));
    }
    if let Some(since) = query.since {
        statement.push(" AND at >= ").push_bind(time(since));
    }
    if let Some(until) = query.until {
        statement.push(" AND at < ").push_bind(time(until));
    }
    statement.push(" ORDER BY at DESC, ordinal DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    rows.iter().rev().map(read).collect()
}

pub(super) fn read(row: &SqliteRow) -> Result<Score, Fault> {
    let (record, id) = Record::new(row, "the score").named("id")?;
    Ok(Score {
        id,
        evaluator: record.text("evaluator")?,
        run: record.id("run")?,
        room: record.id("room")?,
        at: record.time("at")?,
        score: record.real("score")?,
        passed: record.number("passed")? != 0,
        metadata: record.json("metadata")?,
    })
}
