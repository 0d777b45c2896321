//! Columns: how values are written and read back.

use crate::{error::Fault, vector_index::floats};
use galatea::{
    memory::{Content, Memory, MemoryKind},
    store::{wants_vector, without_case},
    text::bm25::words,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use sqlx::{Postgres, Row, postgres::PgRow};
use std::borrow::Cow;
use uuid::Uuid;

/// So many rows are written by one statement; larger ones are as fast and take more memory.
pub(super) const ROWS: usize = 500;

pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// PostgreSQL counts with signed numbers; more rows than that there are not.
pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn json(what: &str, value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value)
        .map_err(|error| Fault::Refused(format!("{what} cannot be written as JSON: {error}")))
}

/// A text that PostgreSQL takes: it knows no NUL. NUL becomes U+0001 U+0001 and U+0001 becomes U+0001 U+0002, so that
/// different texts stay different and sort as before.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', '\u{1}']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('\u{1}', "\u{1}\u{2}").replace('\0', "\u{1}\u{1}"))
}

/// The text that was written.
fn original(text: &str) -> String {
    let mut original = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = (c == '\u{1}').then(|| chars.next_if(|next| matches!(next, '\u{1}' | '\u{2}'))).flatten();
        original.push(if next == Some('\u{1}') { '\0' } else { c });
    }
    original
}

/// A row, with a name for what is read from it in case that it is damaged.
pub(super) struct Record<'a> {
    row: &'a PgRow,
    what: Cow<'static, str>,
}

impl<'a> Record<'a> {
    pub(super) fn new(row: &'a PgRow, what: &'static str) -> Self {
        Self { row, what: Cow::Borrowed(what) }
    }

    pub(super) fn damaged(&self, column: &str, why: impl ToString) -> Fault {
        Fault::damaged(format!("{} (column `{column}`)", self.what), why)
    }

    fn get<T>(&self, column: &str) -> Result<T, Fault>
    where
        T: sqlx::Decode<'a, Postgres> + sqlx::Type<Postgres>,
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
        self.get(column)
    }

    pub(super) fn optional_id(&self, column: &str) -> Result<Option<Uuid>, Fault> {
        self.get(column)
    }

    pub(super) fn text(&self, column: &str) -> Result<String, Fault> {
        Ok(original(self.get(column)?))
    }

    pub(super) fn optional_text(&self, column: &str) -> Result<Option<String>, Fault> {
        Ok(self.get::<Option<&str>>(column)?.map(original))
    }

    pub(super) fn number(&self, column: &str) -> Result<i64, Fault> {
        self.get(column)
    }

    pub(super) fn real(&self, column: &str) -> Result<f64, Fault> {
        self.get(column)
    }

    pub(super) fn optional_number(&self, column: &str) -> Result<Option<i64>, Fault> {
        self.get(column)
    }

    pub(super) fn vector(&self, column: &str, dimension: usize) -> Result<Vec<f32>, Fault> {
        floats(self.get(column)?, dimension).map_err(|why| self.damaged(column, why))
    }

    pub(super) fn flag(&self, column: &str) -> Result<bool, Fault> {
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

    pub(super) fn bytes(&self, column: &str) -> Result<&'a [u8], Fault> {
        self.get(column)
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

/// The columns of a memory that are read.
pub(super) const MEMORY: &str = "id, kind, entity, room, world, at, sequence, content, extra, metadata";

/// A memory as it is written.
pub(super) struct MemoryColumns {
    pub(super) content: String,
    pub(super) extra: Option<String>,
    pub(super) metadata: Option<String>,
    pub(super) search: Vec<u8>,
    pub(super) words: String,
    pub(super) wants_vector: bool,
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
        Ok(Self {
            content,
            extra,
            metadata,
            search: without_case(&memory.content.text).into_bytes(),
            words: array(&word_numbers(memory.agent, &words(&memory.content.text))),
            wants_vector: wants_vector(memory),
        })
    }
}

/// Words as they are stored: who has the numbers has not the words, and another agent's are others.
pub(super) fn word_numbers(agent: Uuid, words: &[String]) -> Vec<i64> {
    let number = |word: &String| {
        let digest = Sha256::new_with_prefix(agent).chain_update(word).finalize();
        let mut bytes = [0; 8];
        for (byte, digested) in bytes.iter_mut().zip(digest) {
            *byte = digested;
        }
        i64::from_be_bytes(bytes)
    };
    words.iter().map(number).collect()
}

/// Numbers as PostgreSQL reads an array: rows of arrays of different lengths cannot be sent otherwise.
pub(super) fn array(numbers: &[i64]) -> String {
    let mut array = String::with_capacity(numbers.len() * 20 + 2);
    array.push('{');
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            array.push(',');
        }
        array.push_str(&number.to_string());
    }
    array.push('}');
    array
}

pub(super) fn memory(agent: Uuid, row: &PgRow) -> Result<Memory, Fault> {
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

pub(super) fn memories(agent: Uuid, rows: &[PgRow]) -> Result<Vec<Memory>, Fault> {
    rows.iter().map(|row| memory(agent, row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_nul_come_back_and_sort_as_before() {
        let mut texts = [
            "",
            "a",
            "a\0b\0",
            "\0",
            "\0\0",
            "\u{1}",
            "\u{1}\u{1}",
            "\u{1}\0",
            "\0\u{1}",
            "\u{2}",
            "\u{1}\u{2}",
        ];
        texts.sort_unstable();
        let written: Vec<String> = texts.iter().map(|it| text(it).into_owned()).collect();
        assert!(written.is_sorted() && written.iter().all(|it| !it.contains('\0')), "{written:?}");
        let back: Vec<String> = written.iter().map(|it| original(it)).collect();
        assert_eq!(back, texts);
    }
}
