//! Paths to a value in JSON or TOML: `messageExamples[0][1].content."odd key"`.

use std::fmt;

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Position in a list, from 0.
    Index(usize),
    /// Key of an object or table.
    Key(String),
}

/// Where a value is, from the root of its document.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(Vec<Step>);

impl Path {
    /// The path of one key at the root.
    pub(super) fn root(key: &str) -> Self {
        Self::default().key(key)
    }

    /// This path, one key deeper.
    pub(super) fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// This path, one list position deeper.
    pub(super) fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// This path, one step deeper.
    pub(super) fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// This path with `tail` after it.
    pub(super) fn join(&self, tail: &Self) -> Self {
        Self(self.0.iter().chain(&tail.0).cloned().collect())
    }

    /// The steps from the root.
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Reads what `Display` wrote; none for anything else.
    pub(super) fn parse(mut text: &str) -> Option<Self> {
        let mut path = Self::default();
        while !text.is_empty() {
            if let Some(rest) = text.strip_prefix('[') {
                let (index, rest) = rest.split_once(']')?;
                path = path.index(index.parse().ok()?);
                text = rest;
                continue;
            }
            if !path.0.is_empty() {
                text = text.strip_prefix('.')?;
            }
            let (key, rest) = parse_key(text)?;
            path = path.key(&key);
            text = rest;
        }
        Some(path)
    }
}

/// The key that `text` begins with, and what follows it.
fn parse_key(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        let mut keys = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = keys.next()?.ok()?;
        return Some((key, text.get(keys.byte_offset()..)?));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (key, rest) = text.split_at_checked(end)?;
    is_bare(key).then(|| (key.to_owned(), rest))
}

/// Whether a key needs no quotes, in a path as in TOML.
fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    if is_bare(key) {
                        f.write_str(key)?;
                    } else {
                        let quoted = serde_json::Value::String(key.clone());
                        write!(f, "{quoted}")?;
                    }
                }
            }
        }
        Ok(())
    }
}
