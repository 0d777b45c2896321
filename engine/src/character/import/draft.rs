//! A character half-way: what has been read so far, and the notes about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::Value as Json;
use toml_edit::{Array, Item, Table};

use super::convert::Keeping;
use super::path::{Path, Step};
use super::{Note, Outcome};

/// Everything read of one character, not yet in its written order.
pub(super) struct Draft<'a> {
    /// Where the character is in the JSON file.
    place: Path,
    /// Whether what is read now lies around the character, in its project file.
    around: bool,
    /// One note a leaf.
    pub(super) notes: Vec<Note>,
    /// Names of the plugins of this build.
    pub(super) known: &'a BTreeSet<&'a str>,
    /// Keys of the root that are not tables.
    pub(super) root: Table,
    /// `[style]`.
    pub(super) style: Option<Table>,
    /// `[templates]`.
    pub(super) templates: Option<Table>,
    /// `[settings]`.
    pub(super) settings: Option<Table>,
    /// `[secrets]`.
    pub(super) secrets: Option<Table>,
    /// The secret that each key of `[secrets]` stands for, by its path below `secrets`.
    pub(super) secret_keys: BTreeMap<String, String>,
    /// Plugins the JSON names, in its order.
    pub(super) plugins: Vec<String>,
    /// `[imported]`, without `nulls`.
    pub(super) imported: Table,
    /// `imported.nulls`: paths of the JSON's nulls.
    pub(super) nulls: Array,
}

impl<'a> Draft<'a> {
    /// An empty draft of the character at `place`.
    pub(super) fn new(place: &Path, known: &'a BTreeSet<&'a str>) -> Self {
        Self {
            place: place.clone(),
            around: false,
            notes: Vec::new(),
            known,
            root: Table::new(),
            style: None,
            templates: None,
            settings: None,
            secrets: None,
            secret_keys: BTreeMap::new(),
            plugins: Vec::new(),
            imported: Table::new(),
            nulls: Array::new(),
        }
    }

    /// Notes that the leaf at `from` has a place of its own.
    pub(super) fn mapped(&mut self, from: &Path, to: impl Display) {
        let to = to.to_string();
        self.note(from, Outcome::Mapped { to });
    }

    /// Notes that the leaf at `from` was written in another form.
    pub(super) fn converted(&mut self, from: &Path, to: impl Display, how: &str) {
        let (to, how) = (to.to_string(), how.to_owned());
        self.note(from, Outcome::Converted { to, how });
    }

    /// Notes that the leaf at `from` has no effect.
    pub(super) fn unsupported(&mut self, from: &Path, why: String) {
        self.note(from, Outcome::Unsupported { why });
    }

    /// Notes what became of the leaf at `from`, a path within the character.
    pub(super) fn note(&mut self, from: &Path, outcome: Outcome) {
        self.notes.push(Note { path: self.place.join(from).to_string(), outcome });
    }

    /// Remembers a null, which TOML cannot write.
    pub(super) fn null(&mut self, from: &Path) {
        if self.around {
            return self.unsupported(from, "a null outside of the character".to_owned());
        }
        let to = Path::root("imported").key("nulls").index(self.nulls.len());
        self.nulls.push(from.to_string());
        self.note(from, Outcome::KeptAsImported { to: to.to_string() });
    }

    /// Keeps a value that has no place, under `[imported]` at the keys it had.
    pub(super) fn keep(&mut self, json: &Json, from: &Path) {
        let keys = imported_keys(from);
        self.keep_at(json, from, &keys);
    }

    /// Keeps a value of the file around the character, at `imported.UNDER.KEY`.
    pub(super) fn keep_around(&mut self, json: &Json, from: &Path, under: &str, key: &str) {
        // The path of such a value counts from the root of the file, not from the character.
        let place = std::mem::take(&mut self.place);
        self.around = true;
        self.keep_at(json, from, &[under.to_owned(), key.to_owned()]);
        self.around = false;
        self.place = place;
    }

    fn keep_at(&mut self, json: &Json, from: &Path, keys: &[String]) {
        let to = keys.iter().fold(Path::root("imported"), |to, key| to.key(key));
        let key = keys.last().map_or("", String::as_str);
        if let Some(item) = self.member(key, json, from, &to, Keeping::Imported) {
            insert(&mut self.imported, keys, item);
        }
    }
}

/// The keys under `[imported]` for a value from `from`.
///
/// A list position becomes a key: `2` for an element that was taken out of its list, `[2]` for a part of one
/// that stayed. `nulls` and names beginning with `@` are ours at the top; the JSON's own get one `@` more.
fn imported_keys(from: &Path) -> Vec<String> {
    let last = from.steps().len().saturating_sub(1);
    let spell = |(position, step): (usize, &Step)| match step {
        Step::Index(index) if position == last => index.to_string(),
        Step::Index(index) => format!("[{index}]"),
        Step::Key(key) if position == 0 && (key == "nulls" || key.starts_with('@')) => {
            format!("@{key}")
        }
        Step::Key(key) => key.clone(),
    };
    from.steps().iter().enumerate().map(spell).collect()
}

/// Puts `item` into `table` under nested keys, making the tables between.
fn insert(table: &mut Table, keys: &[String], item: Item) {
    match keys {
        [] => {}
        [last] => {
            table.insert(last, item);
        }
        [first, rest @ ..] => {
            let next = table.entry(first).or_insert_with(|| Item::Table(Table::new()));
            if let Some(next) = next.as_table_mut() {
                insert(next, rest, item);
            }
        }
    }
}
