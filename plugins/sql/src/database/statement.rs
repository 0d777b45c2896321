//! Which statements plugins may use: looks at the words of a statement. A text that is nothing but a name counts as
//! that name, since SQLite takes `FROM 'memories'` for a table.

use super::Dialect;
use std::collections::BTreeSet;

/// What a statement is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Write,
}

/// Words that no statement of a plugin needs anywhere.
const NOWHERE: [&str; 5] = ["attach", "detach", "pragma", "vacuum", "load_extension"];

/// How names begin that belong to the databases and to the engine.
const RESERVED: [&str; 5] = ["sqlite_", "pragma_", "_galatea", "pg_", "information_schema"];

/// With these a statement begins on PostgreSQL, which has many others that are not for plugins.
const POSTGRES: [&str; 10] =
    ["select", "with", "values", "explain", "insert", "update", "delete", "create", "alter", "drop"];

/// What a plugin may create, alter and drop on PostgreSQL.
const MADE: [&str; 4] = ["table", "index", "unique", "view"];

/// Functions of PostgreSQL that reach beyond tables, or end what others do.
const BEYOND: [&str; 12] = [
    "set_config",
    "current_setting",
    "dblink",
    "dblink_exec",
    "lo_import",
    "lo_export",
    "query_to_xml",
    "table_to_xml",
    "schema_to_xml",
    "database_to_xml",
    "cursor_to_xml",
    "txid_current",
];

/// Words that begin or end a transaction, at the beginning of a statement.
const TRANSACTION: [&str; 6] = ["begin", "commit", "end", "rollback", "savepoint", "release"];

/// Words with which a statement that only reads begins.
const READS: [&str; 4] = ["select", "with", "values", "explain"];

/// Words that a statement that only reads does not have.
const WRITES: [&str; 3] = ["insert", "update", "delete"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// In lower case; whether it was in quotes, as a name or a text.
    Word(String, bool),
    Semicolon,
}

/// Whether a plugin may use this statement; an error says why not and what to do.
pub(super) fn check(
    sql: &str,
    wanted: Use,
    forbidden: &BTreeSet<String>,
    dialect: Dialect,
) -> Result<(), String> {
    let tokens: Vec<Token> = tokens(sql, dialect)?.into_iter().map(|(token, _)| token).collect();
    let names = || {
        tokens.iter().filter_map(|token| match token {
            Token::Word(word, _) => Some(word.as_str()),
            Token::Semicolon => None,
        })
    };
    let words = || {
        tokens.iter().filter_map(|token| match token {
            Token::Word(word, false) => Some(word.as_str()),
            Token::Word(..) | Token::Semicolon => None,
        })
    };
    let Some(first) = words().next() else {
        return Err("there is none; write one".to_owned());
    };
    if let Some(word) = names().find(|word| forbidden.contains(*word)) {
        return Err(format!(
            "`{word}` is a table of the agent's storage; name your own otherwise, give texts as parameters, and take \
             `Memories` for what is in that table"
        ));
    }
    let reserved = |word: &&str| RESERVED.iter().any(|prefix| word.starts_with(prefix));
    let nowhere = words().find(|word| NOWHERE.contains(word));
    if let Some(word) = names().find(reserved).or(nowhere) {
        return Err(format!("`{word}` belongs to who runs the database"));
    }
    if TRANSACTION.contains(&first) {
        return Err(format!("`{first}` is done by `Database::transaction`"));
    }
    if words().any(|word| word == "rollback") {
        return Err("`rollback` would also undo what others write at that moment; write `abort`".to_owned());
    }
    if dialect == Dialect::Postgres {
        let second = words().nth(1).unwrap_or_default();
        for_postgres(first, second, words().find(|word| BEYOND.contains(word)))?;
    }
    several(&tokens, first)?;
    if wanted == Use::Read && (!READS.contains(&first) || words().any(|word| WRITES.contains(&word))) {
        return Err("it does not only read; use `execute`, or a transaction".to_owned());
    }
    Ok(())
}

fn for_postgres(first: &str, second: &str, beyond: Option<&str>) -> Result<(), String> {
    let makes = ["create", "alter", "drop"].contains(&first);
    if !POSTGRES.contains(&first) || makes && !MADE.contains(&second) {
        let what = if makes { format!("{first} {second}") } else { first.to_owned() };
        return Err(format!("`{what}` is not for plugins on PostgreSQL; take tables, indexes and views"));
    }
    match beyond {
        Some(word) => Err(format!("`{word}` belongs to who runs the database")),
        None => Ok(()),
    }
}

/// One statement only; the body of a trigger has several.
fn several(tokens: &[Token], first: &str) -> Result<(), String> {
    let is_word = |token: &Token, word: &str| matches!(token, Token::Word(text, false) if text == word);
    let rest =
        tokens.iter().position(|token| *token == Token::Semicolon).map_or(&[][..], |at| &tokens[at + 1..]);
    let is_trigger = first == "create" && tokens.iter().take(4).any(|token| is_word(token, "trigger"));
    // Its last `END` ends the trigger, and after that there is nothing.
    let after = match is_trigger {
        true => rest.iter().rposition(|token| is_word(token, "end")).map_or(rest, |at| &rest[at + 1..]),
        false => rest,
    };
    let begins_transaction = rest.windows(2).any(|pair| {
        pair[0] == Token::Semicolon
            && TRANSACTION.iter().any(|word| *word != "end" && is_word(&pair[1], word))
    });
    if after.iter().any(|token| *token != Token::Semicolon) || begins_transaction {
        return Err(
            "there are several; do one after the other, in a transaction if they belong together".to_owned()
        );
    }
    Ok(())
}

/// The tokens of a text, each with the place behind it.
pub(super) fn tokens(sql: &str, dialect: Dialect) -> Result<Vec<(Token, usize)>, String> {
    let mut tokens: Vec<(Token, usize)> = Vec::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        let mut found = None;
        rest = if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let (inside, after) = comment.split_once("*/").unwrap_or((comment, ""));
            if inside.contains("/*") {
                return Err("a comment stands in a comment, which databases read differently".to_owned());
            }
            after
        } else if let Some(end) = closing(c, dialect) {
            let (word, after) = quoted(rest, end);
            found = Some(Token::Word(word.to_lowercase(), true));
            after
        } else if is_of_word(c) {
            let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            let word = rest[..end].to_lowercase();
            plain(&word, &rest[end..], dialect)?;
            found = Some(Token::Word(word, false));
            &rest[end..]
        } else {
            found = (c == ';').then_some(Token::Semicolon);
            &rest[c.len_utf8()..]
        };
        tokens.extend(found.map(|token| (token, sql.len() - rest.len())));
    }
    Ok(tokens)
}

/// Texts and names in PostgreSQL's own forms could hide from us what they say to the server.
fn plain(word: &str, after: &str, dialect: Dialect) -> Result<(), String> {
    let is_prefix = matches!(word, "e" | "b" | "x" | "n") && after.starts_with('\'')
        || word == "u" && after.starts_with('&');
    match dialect == Dialect::Postgres && (is_prefix || word.contains('$')) {
        true => Err(format!(
            "`{word}` begins a text or parameter of PostgreSQL's own; write `'…'`, and `?1` for values"
        )),
        false => Ok(()),
    }
}

fn closing(c: char, dialect: Dialect) -> Option<char> {
    match (c, dialect) {
        ('"' | '\'', _) | ('`', Dialect::Sqlite) => Some(c),
        ('[', Dialect::Sqlite) => Some(']'),
        _ => None,
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// What stands between quotes, the doubled ones single, and what comes after.
fn quoted(text: &str, end: char) -> (String, &str) {
    let mut inside = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != end {
            inside.push(c);
        } else if end != ']' && chars.peek().is_some_and(|(_, next)| *next == end) {
            inside.push(end);
            chars.next();
        } else {
            return (inside, &text[at + c.len_utf8()..]);
        }
    }
    (inside, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_stay_within_their_tables() {
        let forbidden: BTreeSet<String> = crate::sqlite::own_tables().collect();
        assert!(
            ["memories", "rooms", "cache", "runs"].iter().all(|name| forbidden.contains(*name)),
            "{forbidden:?}"
        );
        for (sql, wanted, why) in [
            ("SELECT a FROM t WHERE b = ?1", Use::Read, None),
            ("  -- memories\n/* rooms; */ WITH x AS (SELECT 1) SELECT * FROM x;", Use::Read, None),
            ("SELECT 'attach; the memories'", Use::Read, None),
            ("SELECT replace(a, 'x', 'y') FROM t", Use::Read, None),
            ("INSERT INTO t VALUES (?1) ON CONFLICT DO UPDATE SET a = 1", Use::Write, None),
            ("CREATE TABLE t (a INTEGER, the_memories TEXT)", Use::Write, None),
            ("CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; DELETE FROM v; END;", Use::Write, None),
            ("SELECT CASE WHEN a THEN 1 END FROM t", Use::Read, None),
            ("SELECT * FROM memories", Use::Read, Some("`memories` is a table")),
            ("SELECT * FROM main . \"Memories\"", Use::Read, Some("`memories` is a table")),
            ("SELECT * FROM [rooms]", Use::Read, Some("`rooms` is a table")),
            ("SELECT * FROM `rooms`", Use::Read, Some("`rooms` is a table")),
            ("SELECT * FROM 'rooms'", Use::Read, Some("`rooms` is a table")),
            ("CREATE VIEW v AS SELECT * FROM/**/runs", Use::Write, Some("`runs` is a table")),
            ("SELECT sql FROM sqlite_schema", Use::Read, Some("`sqlite_schema` belongs")),
            ("SELECT * FROM 'sqlite_master'", Use::Read, Some("`sqlite_master` belongs")),
            ("SELECT * FROM pragma_table_list", Use::Read, Some("`pragma_table_list` belongs")),
            ("DROP TABLE _galatea_migrations", Use::Write, Some("`_galatea_migrations` belongs")),
            ("ATTACH 'x.db' AS x", Use::Write, Some("`attach` belongs")),
            ("pragma writable_schema = 1", Use::Write, Some("`pragma` belongs")),
            ("EXPLAIN PRAGMA x", Use::Read, Some("`pragma` belongs")),
            ("BEGIN", Use::Write, Some("`begin` is done by")),
            ("INSERT OR ROLLBACK INTO t VALUES (1)", Use::Write, Some("write `abort`")),
            (
                "CREATE TRIGGER x BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
                Use::Write,
                Some("`abort`"),
            ),
            ("SELECT 1; COMMIT", Use::Write, Some("there are several")),
            ("SELECT 1; SELECT 2", Use::Read, Some("there are several")),
            (
                "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END; DROP TABLE t",
                Use::Write,
                Some("several"),
            ),
            (
                "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END; COMMIT; END",
                Use::Write,
                Some("several"),
            ),
            ("DELETE FROM t", Use::Read, Some("does not only read")),
            ("WITH x AS (SELECT 1) DELETE FROM t", Use::Read, Some("does not only read")),
            ("REPLACE INTO t VALUES (1)", Use::Read, Some("does not only read")),
            (" -- nothing", Use::Read, Some("there is none")),
            ("SELECT 'open", Use::Read, None),
        ] {
            let said = check(sql, wanted, &forbidden, Dialect::Sqlite);
            match (&said, why) {
                (Ok(()), None) => {}
                (Err(said), Some(why)) => assert!(said.contains(why), "{sql}: {said}"),
                _ => panic!("{sql}: {said:?}"),
            }
        }
    }
}
