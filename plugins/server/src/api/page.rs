//! What lists have in common: how many, and where the next page begins.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How many items a page has if nobody says.
const USUAL: usize = 50;

/// How many it has at most.
const MOST: u64 = 200;

/// How many items a page has at most: 1 to 200, else 50.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct Limit(usize);

impl Default for Limit {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl TryFrom<u64> for Limit {
    type Error = String;

    fn try_from(limit: u64) -> Result<Self, String> {
        match usize::try_from(limit) {
            Ok(limit) if (1..=MOST).contains(&(limit as u64)) => Ok(Self(limit)),
            _ => {
                Err(format!("a page has 1 to {MOST} items, not {limit}; ask for the next one with `before`"))
            }
        }
    }
}

impl Limit {
    /// How many.
    pub(crate) const fn count(self) -> usize {
        self.0
    }

    /// One more, to see whether there is a next page.
    pub(crate) const fn and_one(self) -> usize {
        self.0 + 1
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL,
            "description": "How many items at most.",
        })
    }
}

/// A page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// What `before` says for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// A list that has one page.
    pub(crate) const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// A page of what was read with [`Limit::and_one`]: if there is more, the last item says where the next page begins.
    pub(crate) fn of(mut items: Vec<T>, limit: Limit, place: impl Fn(&T) -> String) -> Self {
        let has_more = items.len() > limit.count();
        items.truncate(limit.count());
        let next = items.last().filter(|_| has_more).map(place);
        Self { items, next }
    }

    /// The same page with its items in another form.
    pub(crate) fn map<U>(self, form: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(form).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_begins() {
        assert_eq!(Limit::default().count(), 50);
        for (wanted, limit) in [(0, None), (1, Some(1)), (200, Some(200)), (201, None), (u64::MAX, None)] {
            assert_eq!(Limit::try_from(wanted).ok().map(Limit::count), limit, "{wanted}");
        }
        let two = Limit(2);
        let page = Page::of(vec![1, 2, 3], two, ToString::to_string);
        assert_eq!((page.items, page.next.as_deref()), (vec![1, 2], Some("2")));
        let page = Page::of(vec![1, 2], two, ToString::to_string);
        assert_eq!((page.items, page.next), (vec![1, 2], None));
    }
}
