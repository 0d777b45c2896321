//! Whether files are different from what they were, without opening them: whoever reads a file makes the system
//! tell of it again.

use super::QUIET;
use crate::character::{Character, Reference};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::Metadata,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// What the files look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// As when they were looked at before.
    AsBefore,
    /// The character file is not there, or empty.
    Away,
    /// Something is different.
    Different {
        /// It is a file that holds a secret.
        secret: bool,
    },
}

/// The character file and those that hold its secrets.
#[derive(Debug)]
pub(super) struct Files {
    character: PathBuf,
    base: PathBuf,
    secrets: BTreeSet<PathBuf>,
    looks: BTreeMap<PathBuf, Look>,
}

/// What a file looks like from outside; `None` where there is none.
type Look = Option<Facts>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    length: u64,
    modified: Option<SystemTime>,
    /// Which file it is, and when that was changed in any way.
    identity: (u64, i64, i64),
}

impl Files {
    pub(super) fn new(character: PathBuf, base: PathBuf) -> Self {
        Self { character, base, secrets: BTreeSet::new(), looks: BTreeMap::new() }
    }

    /// Notes which files hold secrets of this character.
    pub(super) fn name(&mut self, character: &Character) {
        let named = character.secrets.values().filter_map(|reference| match reference {
            Reference::File(reference) => Some(reference.file.clone()),
            Reference::Env(_) | Reference::Command(_) => None,
        });
        let mut named: Vec<String> = named.collect();
        character.plugins.values().flat_map(|table| table.values()).for_each(|value| find(value, &mut named));
        let layers = character.middleware.iter().flat_map(|listed| listed.settings.values());
        layers.for_each(|value| find(value, &mut named));
        self.secrets = named.iter().map(|file| self.base.join(file)).collect();
        let known = |path: &PathBuf| *path == self.character || self.secrets.contains(path);
        self.looks.retain(|path, _| known(path));
        // A file that was just read counts as seen.
        for path in &self.secrets {
            self.looks.entry(path.clone()).or_insert_with(|| look(path));
        }
    }

    /// The folders in which something happens when a file is different; with those that links point into.
    pub(super) fn folders(&self) -> BTreeSet<PathBuf> {
        let mut folders = BTreeSet::from([folder(&self.character)]);
        let secrets = self.secrets.iter().map(|path| folder(path));
        let targets =
            self.secrets.iter().chain([&self.character]).filter_map(|path| path.canonicalize().ok());
        let others: Vec<PathBuf> = secrets.chain(targets.map(|path| folder(&path))).collect();
        // The character's own folder stays in the list where it is gone: somebody has to wait for it.
        folders.extend(others.into_iter().filter(|folder| folder.is_dir()));
        folders
    }

    /// Looks at the files. While the character file is away, `is_patient` says so instead of taking it for
    /// a difference.
    pub(super) async fn look(&mut self, is_patient: bool) -> Seen {
        let mut seen = self.looks_now();
        if seen == self.looks {
            return Seen::AsBefore;
        }
        if is_patient
            && seen.get(&self.character).is_none_or(|look| look.is_none_or(|facts| facts.length == 0))
        {
            return Seen::Away;
        }
        // Another file of the folder may be why this looks now: this one may be written to at this moment.
        while let Some(left) = seen.values().flatten().filter_map(unrest).max() {
            tokio::time::sleep(left).await;
            seen = self.looks_now();
        }
        let secret = self.secrets.iter().any(|path| seen.get(path) != self.looks.get(path));
        self.looks = seen;
        Seen::Different { secret }
    }

    fn looks_now(&self) -> BTreeMap<PathBuf, Look> {
        self.secrets.iter().chain([&self.character]).map(|path| (path.clone(), look(path))).collect()
    }
}

/// The folder of a file.
fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn look(path: &Path) -> Look {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Facts { length: metadata.len(), modified: metadata.modified().ok(), identity: identity(&metadata) })
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> (u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> (u64, i64, i64) {
    (0, 0, 0)
}

/// How long a file still has to be left alone before it is read. One from the future has not.
fn unrest(facts: &Facts) -> Option<Duration> {
    let age = facts.modified?.elapsed().ok()?;
    QUIET.checked_sub(age).filter(|left| !left.is_zero())
}

/// Finds the references to files within a config; what only looks like one does no harm.
fn find(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(table) => match (table.len(), table.get("file")) {
            (1, Some(Value::String(file))) => found.push(file.clone()),
            _ => table.values().for_each(|value| find(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|item| find(item, found)),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use std::fs;

    #[tokio::test]
    async fn every_way_of_writing_is_seen_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("key"), "1").unwrap();
        fs::write(at("ada.toml"), "one").unwrap();
        let mut files = Files::new(at("ada.toml"), folder.path().to_owned());
        files.name(&Character {
            plugins: BTreeMap::from([(
                "x".to_owned(),
                serde_json::from_value(serde_json::json!({ "a": [{ "key": { "file": "key" } }] })).unwrap(),
            )]),
            ..Character::default()
        });
        let character = Seen::Different { secret: false };
        assert_eq!(files.look(true).await, character);
        type Deed<'a> = (&'a str, Box<dyn Fn() + 'a>, Seen);
        let deeds: [Deed<'_>; 7] = [
            ("nothing", Box::new(|| {}), Seen::AsBefore),
            ("read", Box::new(|| drop(fs::read(at("ada.toml")).unwrap())), Seen::AsBefore),
            ("written, of one length", Box::new(|| fs::write(at("ada.toml"), "two").unwrap()), character),
            (
                "replaced by one that is older",
                Box::new(|| {
                    fs::write(at("new"), "old").unwrap();
                    let file = fs::File::options().write(true).open(at("new")).unwrap();
                    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
                    fs::rename(at("new"), at("ada.toml")).unwrap();
                }),
                character,
            ),
            ("another file", Box::new(|| fs::write(at("other"), "x").unwrap()), Seen::AsBefore),
            ("a secret", Box::new(|| fs::write(at("key"), "2").unwrap()), Seen::Different { secret: true }),
            ("deleted", Box::new(|| fs::remove_file(at("ada.toml")).unwrap()), Seen::Away),
        ];
        for (what, deed, seen) in deeds {
            deed();
            assert_eq!(files.look(true).await, seen, "{what}");
        }
        assert_eq!(files.look(false).await, character, "it stays away");
        assert_eq!(files.look(true).await, Seen::AsBefore, "and that is known");
    }
}
