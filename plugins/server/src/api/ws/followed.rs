//! The turns that a connection tells.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// How many turns are told at once.
const MOST: usize = 64;

/// How many are remembered that were told.
const REMEMBERED: usize = 256;

/// A turn: its run, and what of it.
type Turn = (Uuid, Told);

/// What is told of a run: one that goes on after it waited is told once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// A log, by its number.
    Log(u64),
    /// What is stored, of a run that waits for the answer to this question.
    Waiting(Uuid),
    /// What is stored, of one that is over.
    Over,
}

/// The turns that are told, and those that were lately: news of a turn may come after it was told.
#[derive(Clone, Debug, Default)]
pub(super) struct Followed(Arc<Mutex<Turns>>);

#[derive(Debug, Default)]
struct Turns {
    now: BTreeSet<Turn>,
    lately: VecDeque<Turn>,
}

/// What becomes of a turn that is to be told.
#[derive(Debug)]
pub(super) enum Begun {
    /// It is told now.
    New(Following),
    /// It is told, or was.
    Known,
    /// Too many are.
    TooMany,
}

/// A turn that is told until this is dropped.
#[derive(Debug)]
pub(super) struct Following {
    turns: Arc<Mutex<Turns>>,
    turn: Turn,
    also: Option<Turn>,
}

impl Following {
    /// It was told to an end that is stored, too.
    pub(super) fn ended(&mut self, run: Uuid, told: Told) {
        self.also = Some((run, told));
    }
}

impl Followed {
    pub(super) fn begin(&self, run: Uuid, told: Told) -> Begun {
        let (mut turns, turn) = (lock(&self.0), (run, told));
        if turns.now.contains(&turn) || turns.lately.contains(&turn) {
            return Begun::Known;
        }
        if turns.now.len() >= MOST {
            return Begun::TooMany;
        }
        turns.now.insert(turn);
        Begun::New(Following { turns: Arc::clone(&self.0), turn, also: None })
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut turns = lock(&self.turns);
        turns.now.remove(&self.turn);
        turns.lately.extend([Some(self.turn), self.also].into_iter().flatten());
        while turns.lately.len() > REMEMBERED {
            turns.lately.pop_front();
        }
    }
}

fn lock(turns: &Mutex<Turns>) -> MutexGuard<'_, Turns> {
    turns.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_told_once_and_another_log_of_it_too() {
        let (followed, run) = (Followed::default(), Uuid::from_u128(1));
        let Begun::New(mut first) = followed.begin(run, Told::Log(1)) else {
            unreachable!("nothing is told")
        };
        assert!(matches!(followed.begin(run, Told::Log(1)), Begun::Known), "it is told");
        first.ended(run, Told::Over);
        drop(first);
        assert!(matches!(followed.begin(run, Told::Log(1)), Begun::Known), "it was told");
        assert!(matches!(followed.begin(run, Told::Over), Begun::Known), "its end was told");
        assert!(matches!(followed.begin(run, Told::Waiting(run)), Begun::New(_)));
        let more = |from: u128| (from..).map(|run| followed.begin(Uuid::from_u128(run), Told::Log(1)));
        let again = followed.begin(run, Told::Log(2));
        let told: Vec<Begun> = std::iter::once(again).chain(more(2).take(MOST - 1)).collect();
        assert!(told.iter().all(|begun| matches!(begun, Begun::New(_))));
        assert!(matches!(followed.begin(run, Told::Log(3)), Begun::TooMany));
        drop(told);
        more(1000).take(REMEMBERED).for_each(drop);
        assert!(matches!(followed.begin(run, Told::Log(3)), Begun::New(_)));
    }
}
