//! What was spent, told.

use super::{Holder, Money, Period, Unit, allowance::Spender};
use crate::{
    agent::Agent,
    model::Usage,
    store::StoreError,
    turn::{ModelCall, RunRecord},
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How a budget stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct BudgetStatus {
    /// Whose it is.
    pub holder: Holder,
    /// For how long it lasts.
    pub period: Period,
    /// What it is of.
    pub unit: Unit,
    /// What the character allows: tokens, or billionths of a US dollar.
    pub limit: u64,
    /// What is used or set aside for calls that run, of the same.
    pub used: u64,
    /// When it begins anew.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub renews: Option<Timestamp>,
}

impl Agent {
    /// How the budgets of an hour and of a day stand: the agent's, and those of a person and a room if they are given.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn budgets(&self, of: Option<(Uuid, Uuid)>) -> Result<Vec<BudgetStatus>, StoreError> {
        let spender = Spender { agent: self.id(), turn: of };
        let accounts = self.character().budget.accounts(spender, self.clock().now());
        let keys: Vec<_> = accounts.iter().map(|(account, _)| *account).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let spent = self.store().spent(&keys).await?;
        let told = accounts.into_iter().zip(spent).map(|((account, limit), used)| BudgetStatus {
            holder: account.holder,
            period: account.period,
            unit: account.unit,
            limit,
            used,
            renews: account.period.end(account.begins),
        });
        Ok(told.collect())
    }
}

/// What the calls of one model used and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelSpent {
    /// How many calls it answered.
    pub calls: u64,
    /// What they used.
    pub usage: Usage,
    /// What they cost, as far as that is known.
    pub cost: Money,
    /// Of how many calls it is not known.
    pub unpriced: u64,
}

/// What the model calls of turns used and cost, by plugin and model.
#[must_use]
pub fn spent_by_turns<'a>(
    records: impl IntoIterator<Item = &'a RunRecord>,
) -> BTreeMap<(String, String), ModelSpent> {
    let mut all: BTreeMap<(String, String), ModelSpent> = BTreeMap::new();
    for call in records.into_iter().flat_map(|record| &record.model_calls) {
        let ModelCall { provider, model, usage, cost, .. } = call;
        // Nobody answered; what was used all the same did not fit.
        if provider == "none" && *usage == Usage::default() {
            continue;
        }
        let spent = all.entry((provider.clone(), model.clone())).or_default();
        spent.calls += 1;
        spent.usage = spent.usage.and(*usage);
        spent.cost += cost.unwrap_or_default();
        spent.unpriced += u64::from(cost.is_none());
    }
    all
}
