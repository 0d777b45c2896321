//! Values on their way into a statement and out of it.

use serde_json::{Map, Value};
use sqlx::{
    Column, Row as _, Sqlite, TypeInfo, ValueRef,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

/// A row: columns in their order, by name. Blobs are arrays of numbers from 0 to 255.
pub type Row = Map<String, Value>;

/// A value of a statement. Made of numbers, texts, bools (1 and 0), bytes, options of those, and JSON, of which arrays
/// and objects become text.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

macro_rules! into_param {
    ($($type:ty => $variant:ident),*) => { $(
        impl From<$type> for Param {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )* };
}

into_param!(
    bool => Integer, i8 => Integer, i16 => Integer, i32 => Integer, i64 => Integer,
    u8 => Integer, u16 => Integer, u32 => Integer,
    f32 => Real, f64 => Real, &str => Text, String => Text, Vec<u8> => Blob, &[u8] => Blob
);

impl<T: Into<Self>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&String> for Param {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Value> for Param {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => value.into(),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Self::Integer(number),
                None => Self::Real(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text),
            structure @ (Value::Array(_) | Value::Object(_)) => Self::Text(structure.to_string()),
        }
    }
}

pub(super) fn bound(
    statement: Query<'_, Sqlite, SqliteArguments>,
    params: Vec<Param>,
) -> Query<'_, Sqlite, SqliteArguments> {
    params.into_iter().fold(statement, |statement, param| match param {
        Param::Null => statement.bind(None::<i64>),
        Param::Integer(value) => statement.bind(value),
        Param::Real(value) => statement.bind(value),
        Param::Text(value) => statement.bind(value),
        Param::Blob(value) => statement.bind(value),
    })
}

pub(super) fn rows(rows: &[SqliteRow]) -> Result<Vec<Row>, sqlx::Error> {
    rows.iter().map(row).collect()
}

fn row(row: &SqliteRow) -> Result<Row, sqlx::Error> {
    let column =
        |(at, column): (usize, &sqlx::sqlite::SqliteColumn)| Ok((column.name().to_owned(), value(row, at)?));
    row.columns().iter().enumerate().map(column).collect()
}

/// SQLite's values have types of their own, whatever the column says.
fn value(row: &SqliteRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    let of = raw.type_info().name().to_owned();
    Ok(match of.as_str() {
        _ if raw.is_null() => Value::Null,
        "INTEGER" => row.try_get_unchecked::<i64, _>(at)?.into(),
        "REAL" => row.try_get_unchecked::<f64, _>(at)?.into(),
        "BLOB" => row.try_get_unchecked::<Vec<u8>, _>(at)?.into(),
        _ => row.try_get_unchecked::<String, _>(at)?.into(),
    })
}
