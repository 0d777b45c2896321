//! How often actions may run: a window per action and user, room or agent.

use super::{Agent, RegisteredAction};
use crate::{definition::LimitScope, turn::TurnContext};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// At most so many windows are kept; beyond that the ones that are over are forgotten first.
const MOST_WINDOWS: usize = 10_000;

/// The windows of one agent.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<BTreeMap<(&'static str, Uuid), Window>>);

#[derive(Debug)]
struct Window {
    per: Duration,
    uses: VecDeque<Timestamp>,
}

impl Window {
    fn forget_old(&mut self, now: Timestamp) {
        while self.uses.front().is_some_and(|first| since(*first, now) >= self.per) {
            self.uses.pop_front();
        }
    }
}

/// How long ago something was; nothing where the clock was set back meanwhile.
fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

impl Agent {
    /// Counts one use of an action, or says when it may be used again.
    pub(crate) fn take_rate(&self, action: &RegisteredAction, turn: &TurnContext) -> Result<(), String> {
        let Some(limit) = action.def.rate_limit else {
            return Ok(());
        };
        let counted_for = match limit.scope {
            LimitScope::User => turn.message.entity,
            LimitScope::Room => turn.message.room,
            LimitScope::Agent => self.id(),
        };
        let now = self.clock().now();
        let mut windows = self.0.rates.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (action.def.name, counted_for);
        if windows.len() >= MOST_WINDOWS && !windows.contains_key(&key) {
            windows.retain(|_, window| {
                window.forget_old(now);
                !window.uses.is_empty()
            });
            if windows.len() >= MOST_WINDOWS {
                return Err(format!("{} is used by too many at once; try again later", action.def.name));
            }
        }
        let window = windows.entry(key).or_insert_with(|| Window { per: limit.per, uses: VecDeque::new() });
        window.forget_old(now);
        let uses = &mut window.uses;
        if uses.len() < limit.calls as usize {
            uses.push_back(now);
            return Ok(());
        }
        let wait = uses.front().map_or(limit.per, |first| limit.per.saturating_sub(since(*first, now)));
        Err(format!(
            "{} may be used {} times in {:?}; it is free again in {:.0?}",
            action.def.name, limit.calls, limit.per, wait
        ))
    }
}
