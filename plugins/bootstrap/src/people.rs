//! Who is meant by a name.

use galatea::{
    memory::Entity,
    text::name::{NameMatch, match_name, same_name},
};
use std::fmt;
use uuid::Uuid;

/// Nobody, or more than one, is meant by a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotFound {
    /// Nobody has this name.
    #[error("I know nobody called {name} here{}", DidYouMean(nearest))]
    Nobody {
        /// The name as it was given.
        name: String,
        /// A name that is nearly the same.
        nearest: Option<String>,
    },
    /// Several have it.
    #[error("{count} people here are called {name}; say which one by id: {ids}")]
    Several {
        /// The name as it was given.
        name: String,
        /// How many.
        count: usize,
        /// Their ids.
        ids: String,
    },
}

/// `; did you mean X?`, or nothing.
pub(crate) struct DidYouMean<'a>(pub(crate) &'a Option<String>);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "; did you mean {name}?"),
            None => Ok(()),
        }
    }
}

/// Those among whom somebody is looked for, and who speaks to whom: `me` and `you` depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Company<'a> {
    pub(crate) people: &'a [Entity],
    pub(crate) sender: Uuid,
    pub(crate) agent: Uuid,
}

impl<'a> Company<'a> {
    /// The one whom a name, an id or `me` means. Names are compared without regard to case, blanks, `_` and `-`.
    pub(crate) fn find(&self, name: &str) -> Result<&'a Entity, NotFound> {
        let name = name.trim().trim_start_matches('@');
        let id = self.pronoun(name).or_else(|| Uuid::try_parse(name).ok());
        if let Some(id) = id {
            let known = self.people.iter().find(|person| person.id == id);
            return known.ok_or_else(|| NotFound::Nobody { name: name.to_owned(), nearest: None });
        }
        let called = |person: &&Entity| person.names.iter().any(|own| same_name(own, name));
        let found: Vec<&Entity> = self.people.iter().filter(called).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(NotFound::Nobody { name: name.to_owned(), nearest: self.nearest(name) }),
            several => Err(NotFound::Several {
                name: name.to_owned(),
                count: several.len(),
                ids: several.iter().map(|person| person.id.to_string()).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn pronoun(&self, word: &str) -> Option<Uuid> {
        match word.to_lowercase().as_str() {
            "me" | "myself" | "i" | "user" | "the user" | "sender" | "the sender" => Some(self.sender),
            "you" | "yourself" | "agent" | "the agent" => Some(self.agent),
            _ => None,
        }
    }

    fn nearest(&self, name: &str) -> Option<String> {
        nearest(name, self.people.iter().map(|person| person.name()))
    }
}

/// The name most like the one given, if one is.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    const NO_SIMILES: &[&str] = &[];
    match match_name(wanted, names.map(|name| (name, NO_SIMILES))) {
        NameMatch::None { nearest } => nearest,
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn person(id: u128, names: &[&str]) -> Entity {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Entity { id: Uuid::from_u128(id), agent: Uuid::nil(), names, metadata: serde_json::Map::new() }
    }

    #[test]
    fn people_are_found_by_name_id_and_pronoun() {
        let people = [
            person(1, &["Sam", "Samuel Berg"]),
            person(2, &["Emma"]),
            person(3, &["Tom"]),
            person(4, &["tom"]),
            person(9, &["Ada"]),
        ];
        let company = Company { people: &people, sender: Uuid::from_u128(1), agent: Uuid::from_u128(9) };
        let rows: [(&str, Result<u128, &str>); 11] = [
            ("Sam", Ok(1)),
            ("@sam", Ok(1)),
            ("samuel_berg", Ok(1)),
            ("me", Ok(1)),
            ("yourself", Ok(9)),
            ("00000000-0000-0000-0000-000000000002", Ok(2)),
            ("Ema", Err("I know nobody called Ema here; did you mean Emma?")),
            ("Quentin", Err("I know nobody called Quentin here")),
            ("mm", Err("I know nobody called mm here")),
            ("", Err("I know nobody called  here")),
            (
                "Tom",
                Err(
                    "2 people here are called Tom; say which one by id: 00000000-0000-0000-0000-000000000003, 00000000-0000-0000-0000-000000000004",
                ),
            ),
        ];
        for (name, wanted) in rows {
            let found =
                company.find(name).map(|person| person.id.as_u128()).map_err(|error| error.to_string());
            assert_eq!(found, wanted.map_err(str::to_owned), "{name}");
        }
    }
}
