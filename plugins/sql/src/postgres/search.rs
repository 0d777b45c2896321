//! Finding by words: an index of their numbers finds who says any, and the statement ranks them (BM25).
//!
//! `ts_rank` and `ts_rank_cd` do not know how rare a word is, so they are not used; with them, a text search vector would
//! bring nothing but its limits (a megabyte a text, 2 kB a word).

use super::{
    PostgresStore,
    database::{Database, Tries},
    read,
    row::{MEMORY, Record, array, count, memory, text as written, time, word_numbers},
    vectors,
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    store::{
        Lacking, NewVector, Scored, SearchFilter, SearchStore, Space, SpaceStatus, StoreError, query_words,
        wants_vector,
    },
    text::bm25::words,
};
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

#[async_trait]
impl SearchStore for PostgresStore {
    async fn search_words(
        &self,
        text: &str,
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        read!(self, find(self, text, filter, limit))
    }

    async fn search_vectors(
        &self,
        space: &Space,
        vector: &[f32],
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        read!(self, vectors::find(self, space, vector, filter, limit))
    }

    async fn put_vectors(&self, space: &Space, vectors: &[NewVector]) -> Result<(), StoreError> {
        space.check(vectors)?;
        vectors::put(&self.database, self.agent, space, vectors).await.map_err(|fault| self.told(fault))
    }

    async fn vectors(&self, space: &Space, memories: &[Uuid]) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError> {
        read!(self, vectors::of_memories(&self.database, self.agent, space, memories))
    }

    async fn vectors_of_texts(
        &self,
        space: &Space,
        hashes: &[Uuid],
    ) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError> {
        read!(self, vectors::of_texts(&self.database, self.agent, space, hashes))
    }

    async fn lacking(
        &self,
        space: &Space,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Lacking>, StoreError> {
        read!(self, vectors::lacking(&self.database, self.agent, space, before, limit))
    }

    async fn spaces(&self) -> Result<Vec<SpaceStatus>, StoreError> {
        read!(self, vectors::spaces(&self.database, self.agent))
    }

    async fn delete_space(&self, space: &Space) -> Result<(), StoreError> {
        vectors::delete_space(self, space).await.map_err(|fault| self.told(fault))
    }
}

/// How many rows from before there were words get theirs at once: other writers shall not wait long.
const AT_ONCE: i64 = 500;

/// Gives the memories of an older version, which may still be running, what searches need.
pub(super) async fn make_words(database: &Database, agent: Uuid) -> Result<(), Fault> {
    let mut tries = Tries::default();
    loop {
        match make_some_words(database, agent).await {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(fault) if tries.again(&fault).await => {}
            Err(fault) => return Err(fault),
        }
    }
}

async fn make_some_words(database: &Database, agent: Uuid) -> Result<usize, Fault> {
    let without =
        format!("SELECT ordinal, {MEMORY} FROM memories WHERE agent = $1 AND words IS NULL LIMIT $2");
    let rows =
        sqlx::query(AssertSqlSafe(without)).bind(agent).bind(AT_ONCE).fetch_all(database.pool()).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (mut ordinals, mut numbers, mut wants) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        ordinals.push(Record::new(row, "a memory").number("ordinal")?);
        // What cannot be read has no words and gets no vector; who reads it is told.
        let memory = memory(agent, row).ok();
        let words = memory.as_ref().map(|memory| words(&memory.content.text)).unwrap_or_default();
        numbers.push(array(&word_numbers(agent, &words)));
        wants.push(memory.as_ref().is_some_and(wants_vector));
    }
    // As if they were added now: who has seen all up to this moment has not seen them.
    sqlx::query(
        "UPDATE memories SET words = given.words::bigint[], wants_vector = given.wants_vector,
             added_by = pg_current_xact_id()::text::bigint
         FROM unnest($2::bigint[], $3::text[], $4::bool[]) AS given (ordinal, words, wants_vector)
         WHERE memories.agent = $1 AND memories.ordinal = given.ordinal AND memories.words IS NULL",
    )
    .bind(agent)
    .bind(ordinals)
    .bind(numbers)
    .bind(wants)
    .execute(database.pool())
    .await?;
    Ok(rows.len())
}

/// How many texts there are, and how many words each has.
#[derive(Clone, Copy, Debug)]
struct Totals {
    texts: i64,
    length: f64,
}

/// The totals of before, if there are so many that counting takes its time and some more or less are of no weight.
#[derive(Debug, Default)]
pub(super) struct Counted(Mutex<Option<(Instant, Totals)>>);

const MANY: i64 = 5_000;
const COUNTED_ANEW: Duration = Duration::from_secs(60);

impl Counted {
    async fn get(&self, database: &Database, agent: Uuid) -> Result<Totals, Fault> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, totals)) = known.filter(|(at, _)| at.elapsed() < COUNTED_ANEW) {
            return Ok(totals);
        }
        let all = "SELECT count(*) AS texts, coalesce(avg(cardinality(words)), 1)::float8 AS length
            FROM memories WHERE agent = $1 AND words <> '{}'";
        let row = sqlx::query(all).bind(agent).fetch_one(database.pool()).await?;
        let record = Record::new(&row, "the count of words");
        let totals = Totals { texts: record.number("texts")?, length: record.real("length")? };
        let keep = (totals.texts >= MANY).then(|| (Instant::now(), totals));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = keep;
        Ok(totals)
    }
}

/// BM25 with k1 1.2 and b 0.75, as [`bm25`](galatea::text::bm25) has it. How rare a word is, is counted over what fits the
/// filter.
const RANKED: &str = "), said AS (
    SELECT ordinal, id, word, cardinality(words)::float8 AS length, cardinality(array_positions(words, word))::float8 AS times
    FROM found JOIN asked ON words @> ARRAY[word]
), rare AS (
    SELECT word, ln(1 + (greatest(texts, count(*)) - count(*) + 0.5) / (count(*) + 0.5)) AS rarity
    FROM said, totals GROUP BY word, texts
)
SELECT id, sum(rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * said.length / totals.length))) AS score
FROM said JOIN rare USING (word), totals
GROUP BY ordinal, id ORDER BY score DESC, ordinal DESC LIMIT ";

async fn find(
    store: &PostgresStore,
    text: &str,
    filter: &SearchFilter,
    limit: usize,
) -> Result<Vec<Scored>, Fault> {
    let words = word_numbers(store.agent, &query_words(text));
    if words.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    make_words(&store.database, store.agent).await?;
    let totals = store.counted.get(&store.database, store.agent).await?;
    let mut statement: QueryBuilder<Postgres> = QueryBuilder::new("WITH asked AS (SELECT unnest(");
    statement.push_bind(words.clone()).push(") AS word), totals AS (SELECT ");
    statement.push_bind(totals.texts).push(" AS texts, ").push_bind(totals.length);
    statement
        .push(" AS length), found AS MATERIALIZED (SELECT ordinal, id, words FROM memories WHERE agent = ");
    statement.push_bind(store.agent).push(" AND words && ").push_bind(words);
    push_filter(&mut statement, filter);
    statement.push(RANKED).push_bind(count(limit));
    // Planned anew each time: what is best depends on the words.
    let rows = statement.build().persistent(false).fetch_all(store.database.pool()).await?;
    let scored = rows.iter().map(|row| {
        let record = Record::new(row, "a memory");
        Ok(Scored { id: record.id("id")?, score: record.real("score")? })
    });
    scored.collect()
}

/// What a filter asks of the columns of a memory.
pub(super) fn push_filter(statement: &mut QueryBuilder<Postgres>, filter: &SearchFilter) {
    if !filter.kinds.is_empty() {
        let kinds: Vec<String> = filter.kinds.iter().map(|kind| written(kind.name()).into_owned()).collect();
        statement.push(" AND kind = ANY(").push_bind(kinds).push(")");
    }
    for (column, id) in [("room", filter.room), ("world", filter.world), ("entity", filter.entity)] {
        if let Some(id) = id {
            statement.push(format_args!(" AND {column} = ")).push_bind(id);
        }
    }
    if let Some(since) = filter.since {
        statement.push(" AND at >= ").push_bind(time(since));
    }
    if let Some(until) = filter.until {
        statement.push(" AND at < ").push_bind(time(until));
    }
}
