//! Statements about scores.

use super::{
    PostgresStore,
    database::Database,
    read,
    row::{ROWS, Record, count, json, text, time},
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::store::{Score, ScoreQuery, ScoreStore, StoreError};
use sqlx::{Postgres, QueryBuilder, postgres::PgRow};
use uuid::Uuid;

#[async_trait]
impl ScoreStore for PostgresStore {
    async fn add_scores(&self, scores: &[Score]) -> Result<(), StoreError> {
        add(&self.database, self.agent, scores).await.map_err(|fault| self.told(fault))
    }

    async fn scores(&self, query: &ScoreQuery) -> Result<Vec<Score>, StoreError> {
        read!(self, find(&self.database, self.agent, query))
    }
}

const ADD: &str = "INSERT INTO scores (agent, id, evaluator, run, room, at, score, passed, metadata)
SELECT $1, id, evaluator, run, room, at, score, passed, metadata
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::float8[], $8::bool[], $9::text[])
WITH ORDINALITY AS added (id, evaluator, run, room, at, score, passed, metadata, place)
ORDER BY place
ON CONFLICT (agent, id) DO NOTHING";

async fn add(database: &Database, agent: Uuid, scores: &[Score]) -> Result<(), Fault> {
    if scores.is_empty() {
        return Ok(());
    }
    let mut transaction = database.write().await?;
    for some in scores.chunks(ROWS) {
        let metadata = some.iter().map(|score| json("metadata", &score.metadata));
        sqlx::query(ADD)
            .bind(agent)
            .bind(some.iter().map(|score| score.id).collect::<Vec<_>>())
            .bind(some.iter().map(|score| text(&score.evaluator).into_owned()).collect::<Vec<_>>())
            .bind(some.iter().map(|score| score.run).collect::<Vec<_>>())
            .bind(some.iter().map(|score| score.room).collect::<Vec<_>>())
            .bind(some.iter().map(|score| time(score.at)).collect::<Vec<_>>())
            .bind(some.iter().map(|score| score.score).collect::<Vec<_>>())
            .bind(some.iter().map(|score| score.passed).collect::<Vec<_>>())
            .bind(metadata.collect::<Result<Vec<_>, Fault>>()?)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The columns of a score.
pub(super) const SCORE: &str = "id, evaluator, run, room, at, score, passed, metadata";

async fn find(database: &Database, agent: Uuid, query: &ScoreQuery) -> Result<Vec<Score>, Fault> {
    let mut statement: QueryBuilder<Postgres> =
        QueryBuilder::new(format!("SELECT {SCORE} FROM scores WHERE agent = "));
    statement.push_bind(agent);
    if let Some(evaluator) = &query.evaluator {
        statement.push(" AND evaluator = ").push_bind(text(evaluator).into_owned());
    }
    if let Some(room) = query.room {
        statement.push(" AND room = ").push_bind(room);
    }
    if let Some(since) = query.since {
        statement.push(" AND at >= ").push_bind(time(since));
    }
    if let Some(until) = query.until {
        statement.push(" AND at < ").push_bind(time(until));
    }
    statement.push(" ORDER BY at DESC, ordinal DESC LIMIT ").push_bind(count(query.limit));
    let rows = statement.build().fetch_all(database.pool()).await?;
    rows.iter().rev().map(score).collect()
}

pub(super) fn score(row: &PgRow) -> Result<Score, Fault> {
    let (record, id) = Record::new(row, "the score").named("id")?;
    Ok(Score {
        id,
        evaluator: record.text("evaluator")?,
        run: record.id("run")?,
        room: record.id("room")?,
        at: record.time("at")?,
        score: record.real("score")?,
        passed: record.flag("passed")?,
        metadata: record.json("metadata")?,
    })
}
