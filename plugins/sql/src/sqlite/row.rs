//! Columns: how values are written and read back.

use super::search::joined_words;
use crate::error::Fault;
use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::without_case,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};
use std::borrow::Cow;
use uuid::Uuid;

/// SQLite takes 32 766 parameters a statement; smaller ones are as fast and are prepared once.
pub(super) const PARAMETERS: usize = 500;

pub(super) fn blob(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// SQLite counts with signed numbers; more rows than that there are not.
pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn json(what: &str, value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value)
        .map_err(|error| Fault::Refused(format!("{what} cannot be written as JSON: {error}")))
}

/// `sql` followed by `(?, ?, …)`.
pub(super) fn with_ids(query: &mut QueryBuilder<Sqlite>, ids: &[Uuid]) {
    query.push("(");
    let mut list = query.separated(", ");
    for id in ids {
        list.push_bind(blob(*id));
    }
    query.push(")");
}

/// A row, with a name for what is read from it in case that it is damaged.
pub(super) struct Record<'a> {
    row: &'a SqliteRow,
    what: Cow<'static, str>,
}

impl<'a> Record<'a> {
    pub(super) fn new(row: &'a SqliteRow, what: &'static str) -> Self {
        Self { row, what: Cow::Borrowed(what) }
    }

    pub(super) fn damaged(&self, column: &str, why: impl ToString) -> Fault {
        Fault::damaged(format!("{} (column `{column}`)", self.what), why)
    }

    fn get<T>(&self, column: &str) -> Result<T, Fault>
    where
        T: sqlx::Decode<'a, Sqlite> + sqlx::Type<Sqlite>,
    {
        self.row.try_get(column).map_err(|error| self.damaged(column, error))
    }

    /// Names the record by its id from here on.
    pub(super) fn named(mut self, column: &str) -> Result<(Self, Uuid), Fault> {
        let id = self.id(column)?;
        self.what = Cow::Owned(format!("{} {id}", self.what));
        Ok((self, id))
    }

    pub(super) fn id(&self, column: &str) -> Result<Uuid, Fault> {
        self.optional_id(column)?.ok_or_else(|| self.damaged(column, "it is empty"))
    }

    pub(super) fn optional_id(&self, column: &str) -> Result<Option<Uuid>, Fault> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes.map(Uuid::from_slice).transpose().map_err(|error| self.damaged(column, error))
    }

    pub(super) fn text(&self, column: &str) -> Result<String, Fault> {
        self.get(column)
    }

    pub(super) fn optional_text(&self, column: &str) -> Result<Option<&'a str>, Fault> {
        self.get(column)
    }

    pub(super) fn number(&self, column: &str) -> Result<i64, Fault> {
        self.get(column)
    }

    pub(super) fn optional_number(&self, column: &str) -> Result<Option<i64>, Fault> {
        self.get(column)
    }

    pub(super) fn bytes(&self, column: &str) -> Result<&'a [u8], Fault> {
        self.get(column)
    }

    pub(super) fn real(&self, column: &str) -> Result<f64, Fault> {
        self.get(column)
    }

    pub(super) fn time(&self, column: &str) -> Result<Timestamp, Fault> {
        let text: &str = self.get(column)?;
        text.parse().map_err(|error| self.damaged(column, error))
    }

    pub(super) fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, Fault> {
        let text: Option<&str> = self.get(column)?;
        text.map(str::parse).transpose().map_err(|error| self.damaged(column, error))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Fault> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|error| self.damaged(column, error))
    }

    pub(super) fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, Fault> {
        let text: Option<&str> = self.get(column)?;
        text.map(serde_json::from_str).transpose().map_err(|error| self.damaged(column, error))
    }
}

/// The columns of a memory, in the order of [`MemoryColumns`] without those that are never read.
pub(super) const MEMORY: &str =
    "ordinal, id, kind, entity, room, world, at, sequence, content, extra, metadata";

/// A memory as it is written.
pub(super) struct MemoryColumns {
    pub(super) content: String,
    pub(super) extra: Option<String>,
    pub(super) metadata: Option<String>,
    pub(super) search: String,
    pub(super) words: String,
}

impl MemoryColumns {
    pub(super) fn of(memory: &Memory) -> Result<Self, Fault> {
        let content = &memory.content;
        // `extra` apart: within the content, a key `text` in it would be taken for the text, or make the memory unreadable.
        let (content, extra) = if content.extra.is_empty() {
            (json("content", content)?, None)
        } else {
            let bare = Content { extra: Map::new(), ..content.clone() };
            (json("content", &bare)?, Some(json("extra content", &content.extra)?))
        };
        let metadata = match &memory.metadata {
            Value::Null => None,
            metadata => Some(json("metadata", metadata)?),
        };
        let text = &memory.content.text;
        Ok(Self { content, extra, metadata, search: without_case(text), words: joined_words(text) })
    }
}

pub(super) fn memory(agent: Uuid, row: &SqliteRow) -> Result<Memory, Fault> {
    let (record, id) = Record::new(row, "the memory").named("id")?;
    let mut content: Content = record.json("content")?;
    content.extra = record.optional_json("extra")?.unwrap_or_default();
    Ok(Memory {
        id,
        kind: MemoryKind::from_name(&record.text("kind")?),
        agent,
        entity: record.id("entity")?,
        room: record.id("room")?,
        world: record.optional_id("world")?,
        at: record.time("at")?,
        sequence: record.number("sequence")?,
        content,
        metadata: record.optional_json("metadata")?.unwrap_or_default(),
    })
}

pub(super) fn memories(agent: Uuid, rows: &[SqliteRow]) -> Result<Vec<Memory>, Fault> {
    rows.iter().map(|row| memory(agent, row)).collect()
}
