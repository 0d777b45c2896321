//! Finding by words: FTS5, with words that the engine has cut.

use super::{
    SqliteStore,
    database::Database,
    row::{Record, blob, count, time},
    vectors,
};
use crate::error::Fault;
use async_trait::async_trait;
use galatea::{
    memory::Content,
    store::{
        Lacking, NewVector, Scored, SearchFilter, SearchStore, Space, SpaceStatus, StoreError, query_words,
    },
    text::bm25::words,
};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

#[async_trait]
impl SearchStore for SqliteStore {
    async fn search_words(
        &self,
        text: &str,
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        let found = async {
            make_words(&self.database, self.agent).await?;
            find(&self.database, self.agent, text, filter, limit).await
        };
        found.await.map_err(|fault| self.told(fault))
    }

    async fn search_vectors(
        &self,
        space: &Space,
        vector: &[f32],
        filter: &SearchFilter,
        limit: usize,
    ) -> Result<Vec<Scored>, StoreError> {
        vectors::find(self, space, vector, filter, limit).await.map_err(|fault| self.told(fault))
    }

    async fn put_vectors(&self, space: &Space, vectors: &[NewVector]) -> Result<(), StoreError> {
        space.check(vectors)?;
        vectors::put(&self.database, self.agent, space, vectors).await.map_err(|fault| self.told(fault))
    }

    async fn vectors(&self, space: &Space, memories: &[Uuid]) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError> {
        vectors::of_memories(&self.database, self.agent, space, memories)
            .await
            .map_err(|fault| self.told(fault))
    }

    async fn vectors_of_texts(
        &self,
        space: &Space,
        hashes: &[Uuid],
    ) -> Result<Vec<(Uuid, Vec<f32>)>, StoreError> {
        vectors::of_texts(&self.database, self.agent, space, hashes).await.map_err(|fault| self.told(fault))
    }

    async fn lacking(
        &self,
        space: &Space,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Lacking>, StoreError> {
        vectors::lacking(&self.database, self.agent, space, before, limit)
            .await
            .map_err(|fault| self.told(fault))
    }

    async fn spaces(&self) -> Result<Vec<SpaceStatus>, StoreError> {
        vectors::spaces(&self.database, self.agent).await.map_err(|fault| self.told(fault))
    }

    async fn delete_space(&self, space: &Space) -> Result<(), StoreError> {
        vectors::delete_space(self, space).await.map_err(|fault| self.told(fault))
    }
}

/// The words of a text as they are stored.
pub(super) fn joined_words(text: &str) -> String {
    words(text).join(" ")
}

/// How many rows from before there were words get theirs at once: other writers shall not wait long.
const AT_ONCE: usize = 500;

/// Gives the memories of an older version their words.
async fn make_words(database: &Database, agent: Uuid) -> Result<(), Fault> {
    let without = "SELECT ordinal, content FROM memories WHERE agent = ?1 AND words IS NULL LIMIT ?2";
    loop {
        let rows = sqlx::query(without).bind(blob(agent)).bind(count(AT_ONCE)).fetch_all(database.readers());
        let rows = rows.await?;
        if rows.is_empty() {
            return Ok(());
        }
        let words = |row: &SqliteRow| {
            let record = Record::new(row, "a memory");
            // What cannot be read has no words; who reads it is told.
            let text = record.json::<Content>("content").map(|content| content.text).unwrap_or_default();
            Ok((record.number("ordinal")?, joined_words(&text)))
        };
        let words = rows.iter().map(words).collect::<Result<Vec<_>, Fault>>()?;
        database
            .change(move |connection| Box::pin(async move { put_words(connection, words).await }))
            .await?;
    }
}

async fn put_words(connection: &mut SqliteConnection, words: Vec<(i64, String)>) -> Result<(), Fault> {
    for (ordinal, words) in words {
        sqlx::query("UPDATE memories SET words = ?1 WHERE ordinal = ?2 AND words IS NULL")
            .bind(words)
            .bind(ordinal)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn find(
    database: &Database,
    agent: Uuid,
    text: &str,
    filter: &SearchFilter,
    limit: usize,
) -> Result<Vec<Scored>, Fault> {
    let words = query_words(text);
    if words.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    // The second column says where, not what: it weighs nothing.
    let mut statement: QueryBuilder<Sqlite> = QueryBuilder::new(
        "SELECT memories.id, -bm25(memory_words, 1.0, 0.0) AS score
         FROM memory_words JOIN memories ON memories.ordinal = memory_words.rowid
         WHERE memory_words MATCH ",
    );
    statement.push_bind(expression(agent, &words, filter));
    if let Some(since) = filter.since {
        statement.push(" AND memories.at >= ").push_bind(time(since));
    }
    if let Some(until) = filter.until {
        statement.push(" AND memories.at < ").push_bind(time(until));
    }
    statement
        .push(" ORDER BY bm25(memory_words, 1.0, 0.0), memory_words.rowid DESC LIMIT ")
        .push_bind(count(limit));
    let rows = statement.build().fetch_all(database.readers()).await?;
    let scored = rows.iter().map(|row| {
        let record = Record::new(row, "a memory");
        Ok(Scored { id: record.id("id")?, score: record.real("score")? })
    });
    scored.collect()
}

/// What FTS5 is asked. Of the user's text only letters and digits come this far, each word in quotes.
fn expression(agent: Uuid, words: &[String], filter: &SearchFilter) -> String {
    let mut place = format!("a{}", agent.simple());
    for (mark, id) in [("r", filter.room), ("e", filter.entity), ("w", filter.world)] {
        if let Some(id) = id {
            place.push_str(&format!(" AND {mark}{}", id.simple()));
        }
    }
    if !filter.kinds.is_empty() {
        let hex = |name: &str| name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let kinds: Vec<String> = filter.kinds.iter().map(|kind| format!("k{}", hex(kind.name()))).collect();
        place.push_str(&format!(" AND ({})", kinds.join(" OR ")));
    }
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("place : ({place}) AND words : ({})", words.join(" OR "))
}
