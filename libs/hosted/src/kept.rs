//! What must be said again to a server and is no part of a conversation.

use serde_json::Value;
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many notes are kept: those of the tool calls of many turns.
const MOST_NOTES: usize = 2_000;

/// What a server handed out with a tool call and wants back with the call's result, such as the signature of a thought; by
/// the call's id. And what models refused, by model, so that they are not asked with it again. Bounded: the oldest goes first.
#[derive(Debug, Default)]
pub struct Kept {
    notes: Mutex<Notes>,
    refused: Mutex<BTreeSet<(String, String)>>,
}

#[derive(Debug, Default)]
struct Notes {
    by_call: HashMap<String, Value>,
    order: VecDeque<String>,
}

impl Kept {
    /// Notes something about a call.
    pub fn note(&self, call: &str, value: Value) {
        let mut notes = locked(&self.notes);
        if notes.by_call.insert(call.to_owned(), value).is_none() {
            notes.order.push_back(call.to_owned());
        }
        while notes.order.len() > MOST_NOTES {
            if let Some(oldest) = notes.order.pop_front() {
                notes.by_call.remove(&oldest);
            }
        }
    }

    /// What was noted about a call.
    #[must_use]
    pub fn of_call(&self, call: &str) -> Option<Value> {
        locked(&self.notes).by_call.get(call).cloned()
    }

    /// Remembers that a model refuses a parameter, or one value of it (`name=value`).
    pub(crate) fn refuse(&self, model: &str, what: &str) {
        locked(&self.refused).insert((model.to_owned(), what.to_owned()));
    }

    /// Whether a model refuses a parameter.
    pub(crate) fn refuses(&self, model: &str, what: &str) -> bool {
        locked(&self.refused).contains(&(model.to_owned(), what.to_owned()))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_note_goes_first() {
        let kept = Kept::default();
        for number in 0..=MOST_NOTES {
            kept.note(&format!("call-{number}"), number.into());
        }
        assert_eq!(kept.of_call("call-0"), None);
        assert_eq!(kept.of_call("call-1"), Some(1.into()));
        assert_eq!(kept.of_call(&format!("call-{MOST_NOTES}")), Some(MOST_NOTES.into()));
    }
}
