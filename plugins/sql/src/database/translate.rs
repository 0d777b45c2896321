//! Statements as plugins write them, in the words of PostgreSQL: `?1` is `$1` there, and where tables are made, numbers
//! and bytes are as large as in SQLite.

/// Words of SQLite's types and what has their size in PostgreSQL.
const TYPES: [(&str, &str); 5] = [
    ("integer", "BIGINT"),
    ("int", "BIGINT"),
    ("real", "DOUBLE PRECISION"),
    ("blob", "BYTEA"),
    ("datetime", "TEXT"),
];

pub(super) fn translated(sql: &str) -> String {
    let makes_tables = ["create", "alter"].iter().any(|word| first_word(sql).eq_ignore_ascii_case(word));
    let mut translated = String::with_capacity(sql.len() + 16);
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let end = length(rest, c);
        let (part, after) = rest.split_at(end);
        rest = after;
        if c == '?' && rest.starts_with(|c: char| c.is_ascii_digit()) {
            translated.push('$');
        } else if makes_tables
            && let Some((_, of)) = TYPES.iter().find(|(word, _)| part.eq_ignore_ascii_case(word))
        {
            translated.push_str(of);
        } else {
            translated.push_str(part);
        }
    }
    translated
}

fn first_word(sql: &str) -> &str {
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let (part, after) = rest.split_at(length(rest, c));
        if c.is_alphabetic() {
            return part;
        }
        rest = after;
    }
    ""
}

/// How long the text, name, comment or word is that begins here.
fn length(text: &str, first: char) -> usize {
    let until = |end: &str| text.find(end).map_or(text.len(), |at| at + end.len());
    match first {
        '-' if text.starts_with("--") => until("\n"),
        '/' if text.starts_with("/*") => until("*/"),
        '\'' | '"' => quoted(text, first),
        c if is_of_word(c) => text.find(|c| !is_of_word(c)).unwrap_or(text.len()),
        c => c.len_utf8(),
    }
}

/// A doubled quote is two quoted texts, one after the other: what is between them is nothing.
fn quoted(text: &str, quote: char) -> usize {
    text[1..].find(quote).map_or(text.len(), |at| at + 2)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_translated() {
        for (sql, wanted) in [
            ("SELECT a FROM t WHERE b = ?1 AND c = ?12", "SELECT a FROM t WHERE b = $1 AND c = $12"),
            (
                "SELECT '?1', \"?1\", 'it''s ?1' -- ?1\n, ?1 /* ?1 */",
                "SELECT '?1', \"?1\", 'it''s ?1' -- ?1\n, $1 /* ?1 */",
            ),
            ("SELECT a ? 'b'", "SELECT a ? 'b'"),
            ("SELECT CAST(a AS INTEGER)", "SELECT CAST(a AS INTEGER)"),
            (
                "-- x\ncreate table t (a INTEGER, b Real, c blob, d TEXT DEFAULT 'real', \"int\" int, integers text)",
                "-- x\ncreate table t (a BIGINT, b DOUBLE PRECISION, c BYTEA, d TEXT DEFAULT 'real', \"int\" BIGINT, integers text)",
            ),
            ("SELECT 'open ?1", "SELECT 'open ?1"),
            ("SELECT 'ü' || ?1", "SELECT 'ü' || $1"),
        ] {
            assert_eq!(translated(sql), wanted);
        }
    }
}
