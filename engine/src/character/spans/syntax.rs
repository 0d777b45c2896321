//! What `toml` says of invalid TOML, in our words, and what it does not say: where the first of two equal keys
//! stands.

use super::{Children, Node};
use crate::diagnostic::{Code, Diagnostic};
use std::ops::Range;

/// Stands in for a second key while the first is looked for. No key in a file is spelled so.
const STAND_IN: &str = "galatea-second-of-two-equal-keys";

/// What `toml` says of a second key of one name. Nothing is lost by it: the tables are merged, of two values
/// one is kept.
const DUPLICATE: &str = "duplicate key";

/// Whether an error leaves a part of the text unread.
pub(super) fn loses_text(error: &toml::de::Error) -> bool {
    error.message().trim() != DUPLICATE
}

/// The diagnostic of an error that `toml` found.
pub(super) fn diagnostic(text: &str, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(text.len()..text.len());
    let message = error.message().trim();
    if message == DUPLICATE
        && let Some(pair) = Pair::find(text, &span)
    {
        return pair.diagnostic(text, span);
    }
    if message.starts_with("string values must be quoted")
        && text.get(span.clone()).is_some_and(|value| value.trim().is_empty())
    {
        return Diagnostic::error(Code::InvalidToml, "not valid TOML: a key without a value")
            .at(span, "a value is missing here");
    }
    let (message, expected) =
        message.split_once(", expected ").map_or((message, None), |(m, e)| (m, Some(e)));
    let label = match expected {
        Some("nothing") => "nothing may stand here".to_owned(),
        Some("literal string") => "this is no value".to_owned(),
        Some(expected) => format!("expected {expected}"),
        None => message.to_owned(),
    };
    let diagnostic =
        Diagnostic::error(Code::InvalidToml, format!("not valid TOML: {message}")).at(span, label);
    match advice(message) {
        Some(advice) => diagnostic.help(advice),
        None => diagnostic,
    }
}

/// What to do about the messages that people meet most.
fn advice(message: &str) -> Option<&'static str> {
    Some(match message {
        "string values must be quoted" => "put the text in quotes: `\"…\"`",
        "invalid basic string" | "invalid literal string" => "close the text with the quote it began with",
        "unclosed array" | "unclosed inline table" => "close every `[` with `]` and every `{` with `}`",
        "cannot extend value of type array with a dotted key" => {
            "write the table as `[[…]]` or choose another key"
        }
        _ => return None,
    })
}

/// Two equal keys in one table.
struct Pair {
    table: Vec<String>,
    key: String,
    first: Range<usize>,
}

impl Pair {
    /// Reads the text up to the second key, with a stand-in for it: so both are in the table.
    fn find(text: &str, second: &Range<usize>) -> Option<Self> {
        let key = text.get(second.clone())?;
        let rest = text.get(second.end..)?.lines().next().unwrap_or_default();
        let root = Node::of(&format!("{}{STAND_IN}{rest}\n", text.get(..second.start)?));
        let table = path_to_stand_in(&root.children)?;
        let key = unquoted(key)?;
        let mut path: Vec<&str> = table.iter().map(String::as_str).collect();
        path.push(&key);
        let first = root.at(&path)?.key.clone()?;
        Some(Self { table, key, first })
    }

    fn diagnostic(self, text: &str, second: Range<usize>) -> Diagnostic {
        let key = &self.key;
        if self.table == ["plugins"] {
            return Diagnostic::error(Code::DuplicatePlugin, format!("plugin `{key}` stands twice"))
                .at(second, "here again")
                .related(self.first, "first here")
                .help(format!("put all keys of the plugin under one `[plugins.{key}]`"));
        }
        let same_line = !text.get(self.first.end..second.start).unwrap_or_default().contains('\n');
        let diagnostic =
            Diagnostic::error(Code::InvalidToml, format!("not valid TOML: the key `{key}` stands twice"))
                .at(second, "here again")
                .related(self.first, "first here");
        if same_line { diagnostic } else { diagnostic.help("remove one of the two") }
    }
}

fn path_to_stand_in(children: &Children) -> Option<Vec<String>> {
    let prepend = |key: String, mut path: Vec<String>| {
        path.insert(0, key);
        path
    };
    match children {
        Children::None => None,
        Children::Table(table) if table.contains_key(STAND_IN) => Some(Vec::new()),
        Children::Table(table) => table
            .iter()
            .find_map(|(key, node)| path_to_stand_in(&node.children).map(|path| prepend(key.clone(), path))),
        Children::Array(array) => (array.iter().enumerate()).find_map(|(index, node)| {
            path_to_stand_in(&node.children).map(|path| prepend(index.to_string(), path))
        }),
    }
}

/// The key as `toml` reads it.
fn unquoted(key: &str) -> Option<String> {
    let line = format!("{key} = 0");
    let parsed = toml::de::DeTable::parse(&line).ok()?;
    let (key, _) = parsed.get_ref().iter().next()?;
    Some(key.get_ref().to_string())
}
