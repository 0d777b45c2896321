//! Several statements in one text, as migrations have them.

use super::{
    Dialect,
    statement::{self, Token, Use, tokens},
};
use std::collections::BTreeSet;

/// The statements of a script, without the semicolons between them. A trigger's body stays in its statement.
pub(crate) fn statements(sql: &str, dialect: Dialect) -> Result<Vec<&str>, String> {
    let mut all = Vec::new();
    let (mut begin, mut words, mut depth) = (0, Vec::new(), 0_usize);
    for (token, end) in tokens(sql, dialect)? {
        match token {
            Token::Word(word, false) => {
                let opens = (word == "begin" && is_trigger(&words)) || (word == "case" && depth > 0);
                match word.as_str() {
                    _ if opens => depth += 1,
                    "end" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                words.push(word);
            }
            Token::Word(word, true) => words.push(word),
            Token::Semicolon if depth == 0 => {
                all.extend((!words.is_empty()).then(|| sql[begin..end - 1].trim()));
                begin = end;
                words.clear();
            }
            Token::Semicolon => {}
        }
    }
    all.extend((!words.is_empty()).then(|| sql[begin..].trim()));
    Ok(all)
}

fn is_trigger(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "create") && words.iter().take(4).any(|word| word == "trigger")
}

/// Whether a plugin may migrate its tables with this script; an error says why not and what to do.
pub(crate) fn check(sql: &str, forbidden: &BTreeSet<String>, dialect: Dialect) -> Result<(), String> {
    let refused = |statement: &str| {
        let why = statement::check(statement, Use::Write, forbidden, dialect).err()?;
        Some(format!("`{}` is not for plugins: {why}", shortened(statement)))
    };
    statements(sql, dialect)?.into_iter().find_map(refused).map_or(Ok(()), Err)
}

/// The first statement of a script that destroys data, if there is one: it drops a table or column, or empties a table.
/// What cannot be read is refused elsewhere.
pub(crate) fn destructive(sql: &str, dialect: Dialect) -> Option<String> {
    let all = statements(sql, dialect).unwrap_or_default();
    all.into_iter().find(|statement| destroys(statement, dialect)).map(shortened)
}

fn destroys(statement: &str, dialect: Dialect) -> bool {
    let words: Vec<String> = tokens(statement, dialect)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(token, _)| match token {
            Token::Word(word, false) => Some(word),
            // A name, whatever it says; no word of SQL looks like it.
            Token::Word(_, true) => Some("\"".to_owned()),
            Token::Semicolon => None,
        })
        .collect();
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["drop", "table" | "schema" | "database", ..] | ["truncate", ..] => true,
        ["alter", "table", rest @ ..] => (0..rest.len()).any(|at| drops_data(rest, at)),
        ["delete", ..] => !has("where"),
        // `WITH … DELETE`: the words of the first part may have a `WHERE`, so only one at all is looked for.
        ["with", ..] => has("delete") && !has("where"),
        _ => false,
    }
}

/// Whether a word of `ALTER TABLE` begins to drop something that holds data: a column, not what is said about one.
fn drops_data(words: &[&str], at: usize) -> bool {
    if words[at] != "drop" {
        return false;
    }
    match words.get(at + 1) {
        Some(&"constraint" | &"default" | &"not") => false,
        // Of a column, what computes it or counts it up; by themselves these may be names of columns.
        Some(&"expression" | &"identity") => {
            !matches!(words[..at], [.., "alter", "column", _] | [.., "alter", _])
        }
        _ => true,
    }
}

/// One line of at most 60 characters.
fn shortened(statement: &str) -> String {
    let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIGGER: &str = "CREATE TRIGGER x AFTER INSERT ON t WHEN new.a = CASE WHEN 1 THEN 2 END BEGIN
        UPDATE t SET a = CASE WHEN a THEN 1 ELSE 2 END; DELETE FROM u; END";

    #[test]
    fn scripts_are_split_between_statements() {
        let script =
            format!("-- one; two\nCREATE TABLE a (x TEXT DEFAULT ';');{TRIGGER}; ;\nSELECT 'end' /* ; */");
        let wanted = ["-- one; two\nCREATE TABLE a (x TEXT DEFAULT ';')", TRIGGER, "SELECT 'end' /* ; */"];
        assert_eq!(statements(&script, Dialect::Sqlite).unwrap_or_default(), wanted);
        assert_eq!(statements(" -- nothing\n;;", Dialect::Postgres), Ok(Vec::new()));
    }

    #[test]
    fn what_destroys_is_seen() {
        for (sql, wanted) in [
            ("CREATE TABLE a (x TEXT); DROP  TABLE\n b;", Some("DROP TABLE b")),
            ("drop table if exists a", Some("drop table if exists a")),
            ("ALTER TABLE a DROP COLUMN x", Some("ALTER TABLE a DROP COLUMN x")),
            ("DELETE FROM a; DELETE FROM a WHERE x = 1", Some("DELETE FROM a")),
            ("TRUNCATE a", Some("TRUNCATE a")),
            ("WITH b AS (SELECT 1) DELETE FROM a", Some("WITH b AS (SELECT 1) DELETE FROM a")),
            ("-- DROP TABLE a\nSELECT 'DROP TABLE a'", None),
            ("DROP INDEX a; DROP VIEW b; DROP TRIGGER c", None),
            ("ALTER TABLE a ADD COLUMN x TEXT; ALTER TABLE a RENAME TO b", None),
            ("ALTER TABLE a ALTER COLUMN x DROP DEFAULT", None),
            ("ALTER TABLE a ALTER COLUMN x DROP NOT NULL, ALTER \"drop\" DROP IDENTITY", None),
            ("ALTER TABLE a DROP CONSTRAINT b, ADD x int DEFAULT 1", None),
            (
                "ALTER TABLE a DROP COLUMN x, ADD y int DEFAULT 1",
                Some("ALTER TABLE a DROP COLUMN x, ADD y int DEFAULT 1"),
            ),
            (
                "ALTER TABLE a DROP \"default\", DROP CONSTRAINT b",
                Some("ALTER TABLE a DROP \"default\", DROP CONSTRAINT b"),
            ),
            ("ALTER TABLE a DROP identity", Some("ALTER TABLE a DROP identity")),
            ("DELETE FROM a WHERE x = 1", None),
            (TRIGGER, None),
        ] {
            for dialect in [Dialect::Sqlite, Dialect::Postgres] {
                assert_eq!(destructive(sql, dialect).as_deref(), wanted, "{sql}");
            }
        }
    }

    #[test]
    fn scripts_of_plugins_stay_within_their_tables() {
        let forbidden = ["memories".to_owned()].into();
        let script = format!("CREATE TABLE a (x TEXT); {TRIGGER};");
        assert_eq!(check(&script, &forbidden, Dialect::Sqlite), Ok(()));
        let table = "CREATE TABLE a (x text); CREATE INDEX b ON a (x)";
        assert_eq!(check(table, &forbidden, Dialect::Postgres), Ok(()));
        for (dialect, sql, why) in [
            (
                Dialect::Postgres,
                "CREATE TABLE a (x text); COPY a FROM PROGRAM 'x'",
                "`copy` is not for plugins",
            ),
            (Dialect::Postgres, "CREATE TABLE a (x text); SELECT $$;$$", "`$$` begins a text"),
            (Dialect::Postgres, "SELECT 1; SET search_path TO public", "`set` is not for plugins"),
            (
                Dialect::Sqlite,
                "CREATE TABLE a (x TEXT); DELETE FROM memories WHERE id = 1",
                "`memories` is a table",
            ),
            (Dialect::Sqlite, "BEGIN; CREATE TABLE a (x TEXT); COMMIT", "`begin` is done by"),
            (Dialect::Sqlite, "PRAGMA journal_mode = DELETE", "`pragma` belongs"),
            (Dialect::Sqlite, "ATTACH 'x' AS y", "`attach` belongs"),
        ] {
            let said = check(sql, &forbidden, dialect).err();
            assert!(said.as_ref().is_some_and(|said| said.contains(why)), "{sql}: {said:?}");
        }
    }
}
