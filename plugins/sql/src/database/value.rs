//! Values on their way to PostgreSQL and back, as plugins know them from SQLite.

use super::{Param, Row};
use serde_json::Value;
use sqlx::{
    Arguments, Column, Row as _, TypeInfo, ValueRef,
    error::BoxDynError,
    postgres::{PgArguments, PgRow, PgTypeInfo},
};
use uuid::Uuid;

/// The parameters in the types that the statement wants; why not.
pub(super) fn arguments(types: &[PgTypeInfo], params: Vec<Param>) -> Result<PgArguments, String> {
    if types.len() > params.len() {
        return Err(format!("the statement has {} parameters, {} were given", types.len(), params.len()));
    }
    let mut arguments = PgArguments::default();
    for (number, (of, param)) in types.iter().zip(params).enumerate() {
        let name = of.name();
        add(&mut arguments, name, param).map_err(|why| {
            format!("parameter ?{} is of type {}: {why}", number + 1, name.to_ascii_lowercase())
        })?;
    }
    Ok(arguments)
}

/// The name of the type decides what is written, whatever the value is.
fn add(arguments: &mut PgArguments, of: &str, param: Param) -> Result<(), BoxDynError> {
    match (of, param) {
        ("BOOL", param) => arguments.add(integer(param)?.map(|number| number != 0)),
        ("INT2", param) => arguments.add(integer(param)?.map(i16::try_from).transpose()?),
        ("INT4", param) => arguments.add(integer(param)?.map(i32::try_from).transpose()?),
        ("INT8", param) => arguments.add(integer(param)?),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the column is of half the size, as its owner wants it"
        )]
        ("FLOAT4", param) => arguments.add(real(param)?.map(|number| number as f32)),
        ("FLOAT8", param) => arguments.add(real(param)?),
        ("BYTEA", Param::Null) => arguments.add(None::<Vec<u8>>),
        ("BYTEA", Param::Blob(bytes)) => arguments.add(bytes),
        ("UUID", Param::Text(text)) => arguments.add(text.parse::<Uuid>()?),
        (_, Param::Null) => arguments.add(None::<String>),
        ("TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "citext", Param::Text(text)) => {
            match text.contains('\0') {
                false => arguments.add(text),
                true => Err("PostgreSQL keeps no NUL in a text: give it as bytes, to a BYTEA column".into()),
            }
        }
        (_, Param::Text(_)) => {
            Err("a text was given: write `CAST(?n AS TEXT)` around it, and convert that".into())
        }
        (_, given) => Err(format!("{} was given", kind(&given)).into()),
    }
}

fn integer(param: Param) -> Result<Option<i64>, BoxDynError> {
    match param {
        Param::Null => Ok(None),
        Param::Integer(number) => Ok(Some(number)),
        given => Err(format!("{} was given", kind(&given)).into()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "SQLite does the same in a column of reals")]
fn real(param: Param) -> Result<Option<f64>, BoxDynError> {
    match param {
        Param::Null => Ok(None),
        Param::Integer(number) => Ok(Some(number as f64)),
        Param::Real(number) => Ok(Some(number)),
        given => Err(format!("{} was given", kind(&given)).into()),
    }
}

const fn kind(param: &Param) -> &'static str {
    match param {
        Param::Null => "nothing",
        Param::Integer(_) => "a whole number",
        Param::Real(_) => "a number with a fraction",
        Param::Text(_) => "a text",
        Param::Blob(_) => "bytes",
    }
}

pub(super) fn rows(rows: &[PgRow]) -> Result<Vec<Row>, String> {
    rows.iter().map(row).collect()
}

fn row(row: &PgRow) -> Result<Row, String> {
    let column = |(at, column): (usize, &sqlx::postgres::PgColumn)| {
        let name = column.name();
        let value = value(row, at).map_err(|why| format!("the column `{name}` cannot be read: {why}"))?;
        Ok((name.to_owned(), value))
    };
    row.columns().iter().enumerate().map(column).collect()
}

fn value(row: &PgRow, at: usize) -> Result<Value, BoxDynError> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let of = raw.type_info().name().to_owned();
    Ok(match of.as_str() {
        "BOOL" => row.try_get::<bool, _>(at)?.into(),
        "INT2" => row.try_get::<i16, _>(at)?.into(),
        "INT4" => row.try_get::<i32, _>(at)?.into(),
        "INT8" => row.try_get::<i64, _>(at)?.into(),
        "FLOAT4" => row.try_get::<f32, _>(at)?.into(),
        "FLOAT8" => row.try_get::<f64, _>(at)?.into(),
        "NUMERIC" => numeric(raw.as_bytes()?)?,
        "BYTEA" => row.try_get::<Vec<u8>, _>(at)?.into(),
        "UUID" => row.try_get::<Uuid, _>(at)?.to_string().into(),
        "JSON" => serde_json::from_slice(raw.as_bytes()?)?,
        // One byte before the text is the version of the format.
        "JSONB" => serde_json::from_slice(raw.as_bytes()?.get(1..).unwrap_or_default())?,
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" | "citext" => raw.as_str()?.into(),
        "VOID" => Value::Null,
        of => {
            return Err(format!("it is of type {}: write `CAST(… AS TEXT)`", of.to_ascii_lowercase()).into());
        }
    })
}

/// What `sum` and `avg` give: a whole number where it has no fraction and is not too large, else a real one.
/// https://www.postgresql.org/docs/current/protocol-overview.html sends 16-bit numbers: how many digits of base 10000
/// there are, the power of the first one, the sign, and how many digits stand behind the point.
fn numeric(bytes: &[u8]) -> Result<Value, BoxDynError> {
    let words: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let [count, weight, sign, scale, digits @ ..] = words.as_slice() else {
        return Err("it is no number".into());
    };
    let negative = match *sign {
        0 => "",
        0x4000 => "-",
        _ => return Ok(Value::Null),
    };
    let weight = i32::from(weight.cast_signed());
    let digit = |power: i32| {
        let at = usize::try_from(weight - power).ok().filter(|at| *at < usize::from(*count));
        at.and_then(|at| digits.get(at)).copied().unwrap_or_default()
    };
    let mut text = negative.to_owned();
    for power in (0..=weight.max(0)).rev() {
        text.push_str(&format!("{:04}", digit(power)));
    }
    let whole = text.clone();
    text.push('.');
    for power in 1..=i32::from(scale.div_ceil(4)).max(1) {
        text.push_str(&format!("{:04}", digit(-power)));
    }
    let has_fraction = text.rsplit_once('.').is_some_and(|(_, fraction)| fraction.contains(|c| c != '0'));
    match whole.parse::<i64>() {
        Ok(number) if !has_fraction => Ok(number.into()),
        _ => Ok(text.parse::<f64>()?.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numerics_are_read() {
        // Words as PostgreSQL sends them: digits, weight, sign, scale, then the digits.
        for (words, wanted) in [
            (vec![0, 0, 0, 0], json!(0)),
            (vec![1, 0, 0, 0, 7], json!(7)),
            (vec![1, 1, 0x4000, 0, 5], json!(-50000)),
            (vec![2, 0, 0, 2, 12, 3400], json!(12.34)),
            (vec![1, 0xffff, 0, 5, 12], json!(0.0012)),
            (vec![1, 0, 0, 4, 3], json!(3)),
            (vec![5, 4, 0, 0, 922, 3372, 368, 5477, 5807], json!(i64::MAX)),
            (vec![1, 5, 0, 0, 1], json!(1e20)),
            (vec![0, 0, 0xc000, 0], json!(null)),
        ] {
            let bytes: Vec<u8> = words.iter().flat_map(|word: &u16| word.to_be_bytes()).collect();
            assert_eq!(numeric(&bytes).ok(), Some(wanted), "{words:?}");
        }
        assert!(numeric(&[0, 1]).is_err());
    }
}
