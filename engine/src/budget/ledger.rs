//! What an agent keeps about its spending.

use super::{Allowance, Money, Prices, Unit};
use crate::{
    agent::Agent,
    model::{ModelKind, Usage},
    store::Account,
    turn::RunRecord,
};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};
use tokio::sync::watch;

/// What an agent keeps about its spending, of this process.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    kept: Mutex<Kept>,
    /// How often something that was set aside was given back.
    pub(super) freed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Kept {
    /// What is set aside for calls that run.
    aside: BTreeMap<Account, u64>,
    /// The models that answered last, by plugin and kind.
    names: BTreeMap<(&'static str, ModelKind), String>,
    /// The prices of a file, as it was when it was read.
    prices: Option<(PathBuf, Option<SystemTime>, Arc<Prices>)>,
    /// The day on which old accounts were forgotten last.
    swept: Option<Timestamp>,
}

impl Ledger {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn aside_of(&self, account: &Account) -> u64 {
        self.kept().aside.get(account).copied().unwrap_or(0)
    }

    pub(super) fn set_aside(&self, amounts: &[(Account, u64)]) {
        let mut kept = self.kept();
        for (account, amount) in amounts {
            *kept.aside.entry(*account).or_default() += amount;
        }
    }

    pub(super) fn give_back(&self, amounts: &[(Account, u64)]) {
        let mut kept = self.kept();
        for (account, amount) in amounts {
            let left = kept.aside.get(account).copied().unwrap_or(0).saturating_sub(*amount);
            if left == 0 {
                kept.aside.remove(account);
            } else {
                kept.aside.insert(*account, left);
            }
        }
        drop(kept);
        self.freed.send_modify(|count| *count += 1);
    }

    /// Whether this is the first time that it is asked on this day.
    pub(super) fn is_new_day(&self, day: Timestamp) -> bool {
        self.kept().swept.replace(day) != Some(day)
    }

    /// What was to be done on a new day was not.
    pub(super) fn not_swept(&self) {
        self.kept().swept = None;
    }

    pub(crate) fn note_name(&self, plugin: &'static str, kind: &ModelKind, model: &str) {
        let mut kept = self.kept();
        let known = kept.names.get(&(plugin, kind.clone()));
        if !model.is_empty() && known.is_none_or(|known| known != model) {
            kept.names.insert((plugin, kind.clone()), model.to_owned());
        }
    }

    /// The model of a plugin that answered last for a kind.
    pub(crate) fn name_of(&self, plugin: &'static str, kind: &ModelKind) -> Option<String> {
        self.kept().names.get(&(plugin, kind.clone())).cloned()
    }
}

impl Agent {
    /// What models cost, as the character's file and the engine's list say. A file that cannot be read is told in the log,
    /// and the engine's list counts.
    #[must_use]
    pub fn prices(&self) -> Arc<Prices> {
        let Some(file) = self.character().budget.prices.as_ref().map(|file| self.base().join(file)) else {
            return Prices::shipped();
        };
        let written = std::fs::metadata(&file).and_then(|file| file.modified()).ok();
        let mut kept = self.shared().ledger.kept();
        if let Some((path, at, prices)) = &kept.prices
            && *path == file
            && *at == written
        {
            return Arc::clone(prices);
        }
        let prices = Prices::with_file(&file).map_or_else(
            |error| {
                tracing::error!("{error}; the prices of the engine count");
                Prices::shipped()
            },
            Arc::new,
        );
        kept.prices = Some((file, written, Arc::clone(&prices)));
        prices
    }

    /// What a call cost, as the provider says or by its price; `None` if that is not known.
    pub(crate) fn cost_of(&self, plugin: &str, model: &str, usage: &Usage) -> Option<Money> {
        usage.cost.or_else(|| self.prices().find(plugin, model).map(|price| price.of(usage)))
    }
}

/// What a turn has spent, with what is set aside in it: tokens and billionths of a dollar.
#[derive(Debug, Default)]
pub(crate) struct TurnSpending(Mutex<(u64, u64)>);

impl TurnSpending {
    fn of(&self) -> MutexGuard<'_, (u64, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with what a turn that is taken up had spent before.
    pub(crate) fn restore(&self, record: &RunRecord) {
        let tokens = record.model_calls.iter().map(|call| call.usage.tokens()).sum();
        let money: Money = record.model_calls.iter().filter_map(|call| call.cost).sum();
        *self.of() = (tokens, money.nanos());
    }

    pub(super) fn spent(&self, unit: Unit) -> u64 {
        let (tokens, nanos) = *self.of();
        match unit {
            Unit::Tokens => tokens,
            Unit::Money => nanos,
        }
    }

    /// Adds amounts, unless one would come above its limit: then that unit and what was spent of it.
    pub(super) fn add(&self, allowance: &Allowance, (tokens, nanos): (u64, u64)) -> Result<(), (Unit, u64)> {
        let mut spent = self.of();
        let sums = (spent.0.saturating_add(tokens), spent.1.saturating_add(nanos));
        if allowance.tokens.is_some_and(|limit| sums.0 > limit) {
            return Err((Unit::Tokens, spent.0));
        }
        if allowance.dollars.is_some_and(|limit| sums.1 > limit.nanos()) {
            return Err((Unit::Money, spent.1));
        }
        *spent = sums;
        Ok(())
    }

    /// Puts what was used in the place of what was set aside.
    pub(super) fn settle(&self, aside: (u64, u64), used: (u64, u64)) {
        let mut spent = self.of();
        spent.0 = spent.0.saturating_sub(aside.0).saturating_add(used.0);
        spent.1 = spent.1.saturating_sub(aside.1).saturating_add(used.1);
    }
}
