//! A TOML file as JSON, with the place of every key and value.
//!
//! Checks work on the JSON and name a value by its path; only for a mistake the place is looked up here.

mod syntax;

use crate::diagnostic::{Code, Diagnostic, Source};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, ops::Range, path::Path};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The longest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A TOML file that was read.
#[derive(Clone, Debug)]
pub struct Document {
    /// The file.
    pub source: Source,
    /// What it says. Dates are texts; a number that JSON cannot hold is `null`, and has a diagnostic. Where the
    /// file is not valid TOML, what could be made out.
    pub json: Value,
    root: Node,
    /// Where the text is not valid TOML, apart from plugins that stand twice.
    broken: Vec<Range<usize>>,
    /// Something of the text could not be read at all.
    incomplete: bool,
}

/// The places of a value and of what it holds.
#[derive(Clone, Debug)]
struct Node {
    value: Range<usize>,
    key: Option<Range<usize>>,
    children: Children,
}

#[derive(Clone, Debug)]
enum Children {
    None,
    Table(BTreeMap<String, Node>),
    Array(Vec<Node>),
}

impl Document {
    /// Reads TOML. The document holds what could be made out, the diagnostics say what could not:
    /// [`Code::InvalidToml`], [`Code::DuplicatePlugin`] for a second table of one plugin, [`Code::WrongValue`]
    /// for a number that is none.
    #[must_use]
    pub fn parse(source: Source) -> (Self, Vec<Diagnostic>) {
        let text = source.text.clone();
        let (table, errors) = DeTable::parse_recoverable(&text);
        let mut reader = Reader { text: &text, diagnostics: Vec::new() };
        let (json, children) = reader.table(table.get_ref());
        let mut diagnostics = reader.diagnostics;
        let incomplete = errors.iter().any(syntax::loses_text);
        let invalid: Vec<Diagnostic> = errors.iter().map(|error| syntax::diagnostic(&text, error)).collect();
        let broken =
            (invalid.iter().filter(|d| d.code == Code::InvalidToml)).filter_map(|d| d.span.clone()).collect();
        diagnostics.extend(invalid);
        diagnostics.sort_by_key(|d| d.span.as_ref().map_or(0, |span| span.start));
        (Self { source, json, root: Node::root(children), broken, incomplete }, diagnostics)
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`Code::UnreadableFile`] when the file cannot be read, is not UTF-8 or is larger than 16 MiB.
    pub fn read(path: &Path) -> Result<(Self, Vec<Diagnostic>), Diagnostic> {
        let shown = path.display().to_string();
        let unreadable =
            |why: String| Diagnostic::error(Code::UnreadableFile, format!("cannot read `{shown}`: {why}"));
        let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
        if size > LARGEST {
            return Err(unreadable("it is larger than 16 MiB".to_owned()));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count()
                    + 1;
            unreadable(format!("line {line} is not UTF-8")).help("save the file as UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').map_or(text.as_str(), |rest| rest).into();
        Ok(Self::parse(Source { path: shown, text }))
    }

    /// The place of a key: for `[plugins.weather]` that of the word `weather` in the header, also for the
    /// element of an array of tables (`["chats", "0"]` in `[[chats]]`). `None` where the path leads nowhere or
    /// to an element of a plain array.
    #[must_use]
    pub fn key_span(&self, path: &[&str]) -> Option<Range<usize>> {
        self.node(path)?.key.clone()
    }

    /// The place of a value: of a table its header, of the file its start. An element of an array has its
    /// number for a key.
    #[must_use]
    pub fn value_span(&self, path: &[&str]) -> Option<Range<usize>> {
        Some(self.node(path)?.value.clone())
    }

    /// Where the text is not valid TOML.
    pub(super) fn broken(&self) -> &[Range<usize>] {
        &self.broken
    }

    /// Whether something of the text could not be read at all.
    pub(super) const fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    fn node(&self, path: &[&str]) -> Option<&Node> {
        self.root.at(path)
    }
}

impl Node {
    fn root(children: Children) -> Self {
        Self { value: 0..0, key: None, children }
    }

    /// The places of what could be made out of a text, its mistakes left aside.
    fn of(text: &str) -> Self {
        let (table, _) = DeTable::parse_recoverable(text);
        Self::root(Reader { text, diagnostics: Vec::new() }.table(table.get_ref()).1)
    }

    fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| match &node.children {
            Children::None => None,
            Children::Table(table) => table.get(*key),
            Children::Array(array) => array.get(key.parse::<usize>().ok()?),
        })
    }
}

/// Turns what `toml` read into JSON and places.
struct Reader<'a> {
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>) -> (Value, Children) {
        let mut json = Map::new();
        let mut nodes = BTreeMap::new();
        for (key, value) in table {
            let name = key.get_ref().to_string();
            let (inner, mut node) = self.value(value);
            node.key = Some(key.span());
            json.insert(name.clone(), inner);
            nodes.insert(name, node);
        }
        (Value::Object(json), Children::Table(nodes))
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> (Value, Node) {
        let span = value.span();
        let (json, children) = match value.get_ref() {
            DeValue::Table(table) => self.table(table),
            DeValue::Array(array) => self.array(array.iter()),
            DeValue::String(text) => (Value::String(text.to_string()), Children::None),
            DeValue::Boolean(truth) => (Value::Bool(*truth), Children::None),
            DeValue::Datetime(date) => (Value::String(date.to_string()), Children::None),
            DeValue::Integer(number) => (self.integer(number, &span), Children::None),
            DeValue::Float(number) => (self.float(number.as_str(), &span), Children::None),
        };
        (json, Node { value: span, key: None, children })
    }

    fn array<'i>(&mut self, items: impl Iterator<Item = &'i Spanned<DeValue<'i>>>) -> (Value, Children) {
        let (mut json, mut nodes) = (Vec::new(), Vec::new());
        for item in items {
            let (inner, mut node) = self.value(item);
            node.key = self.header_key(&node.value);
            json.push(inner);
            nodes.push(node);
        }
        (Value::Array(json), Children::Array(nodes))
    }

    /// The last key of the header `[[a.b]]` at this place; `None` where no header stands.
    fn header_key(&self, span: &Range<usize>) -> Option<Range<usize>> {
        let header = self.text.get(span.clone()).filter(|text| text.starts_with("[["))?;
        let parsed = DeTable::parse(header).ok()?;
        let mut table = parsed.get_ref();
        loop {
            let (key, value) = table.iter().next()?;
            match value.get_ref() {
                DeValue::Table(inner) => table = inner,
                DeValue::Array(_) => return Some(span.start + key.span().start..span.start + key.span().end),
                _ => return None,
            }
        }
    }

    fn integer(&mut self, number: &toml::de::DeInteger<'_>, span: &Range<usize>) -> Value {
        let digits = number.as_str();
        if let Ok(number) = i64::from_str_radix(digits, number.radix()) {
            return Value::from(number);
        }
        // Where the value itself is missing `toml` puts an integer without digits; it has reported that already.
        if !digits.is_empty() && !span.is_empty() {
            self.diagnostics.push(Diagnostic::error(Code::WrongValue, "a number that is too large").at(
                span.clone(),
                "a whole number lies between -9223372036854775808 and 9223372036854775807",
            ));
        }
        Value::Null
    }

    fn float(&mut self, digits: &str, span: &Range<usize>) -> Value {
        let number = digits.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
        if number.is_none() {
            let label = "neither infinity nor `nan` can be used here";
            let diagnostic =
                Diagnostic::error(Code::WrongValue, "a number that is not finite").at(span.clone(), label);
            self.diagnostics.push(diagnostic);
        }
        number.map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const TEXT: &str = "name = 'Ada'\nstyle.all = ['a', 'ü']\n[plugins.weather]\ncache = { minutes = 0x10 }\n\
                        [plugins.weather.deep]\nx = 1979-05-27\n[[plugins.t.chats]]\nid = 1\n[[plugins.t.chats]]\nid = 1.5\n";

    fn document(text: &str) -> (Document, Vec<Diagnostic>) {
        Document::parse(Source { path: "x.toml".to_owned(), text: text.into() })
    }

    #[test]
    fn every_key_and_value_has_its_place() {
        let (document, diagnostics) = document(TEXT);
        assert_eq!(diagnostics, []);
        for (path, key, value) in [
            ("name", Some("name"), "'Ada'"),
            ("style.all", Some("all"), "['a', 'ü']"),
            ("style.all.1", None, "'ü'"),
            ("plugins.weather", Some("weather"), "[plugins.weather]"),
            ("plugins.weather.cache.minutes", Some("minutes"), "0x10"),
            ("plugins.weather.deep.x", Some("x"), "1979-05-27"),
            ("plugins.t.chats.1", Some("chats"), "[[plugins.t.chats]]"),
            ("plugins.t.chats.1.id", Some("id"), "1.5"),
        ] {
            let path: Vec<&str> = path.split('.').collect();
            assert_eq!(document.key_span(&path).map(|s| &TEXT[s]), key, "{path:?}");
            assert_eq!(&TEXT[document.value_span(&path).unwrap()], value, "{path:?}");
        }
        let second = document.key_span(&["plugins", "t", "chats", "1"]).unwrap();
        assert!(second.start > document.key_span(&["plugins", "t", "chats", "0"]).unwrap().end);
        assert_eq!(document.json["plugins"]["weather"]["cache"]["minutes"], 16);
        assert_eq!(document.json["plugins"]["weather"]["deep"]["x"], "1979-05-27");
        assert_eq!(document.value_span(&["nowhere", "0"]), None);
    }

    #[test]
    fn what_json_cannot_hold_is_said() {
        let (document, diagnostics) =
            document("a = inf\nb = 99999999999999999999\nc = nan\nd = -9223372036854775808");
        assert_eq!(diagnostics.len(), 3);
        assert!(diagnostics.iter().all(|d| d.code == Code::WrongValue));
        assert_eq!(document.json["a"], Value::Null);
        assert_eq!(document.json["d"], i64::MIN);
    }

    #[test]
    fn unreadable_files_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.toml");
        assert_eq!(Document::read(&file).unwrap_err().code, Code::UnreadableFile);
        std::fs::write(&file, b"a = 1\nb = '\xff'").unwrap();
        let error = Document::read(&file).unwrap_err();
        assert!(error.title.ends_with("line 2 is not UTF-8"), "{}", error.title);
        std::fs::write(&file, "\u{feff}a = 1").unwrap();
        assert_eq!(Document::read(&file).unwrap().0.json["a"], 1);
    }
}
