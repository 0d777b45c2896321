//! What was spent on models, by who spent it and when.

use super::StoreError;
use crate::budget::{Holder, Period, Unit};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

/// What is added up together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Who spends.
    pub holder: Holder,
    /// Which agent, entity or room.
    pub id: Uuid,
    /// For how long it is added up.
    pub period: Period,
    /// When that began.
    pub begins: Timestamp,
    /// What is counted.
    pub unit: Unit,
}

/// An amount that is added to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spending {
    /// The account.
    pub account: Account,
    /// How much: tokens, or billionths of a US dollar. Less than 0 gives back what was not needed.
    pub amount: i64,
    /// The most that the account may come to; `None`: anything. What gives back is not held against it.
    pub limit: Option<u64>,
}

/// Why nothing was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The place of the spending that would come above its limit; the first one.
    pub index: usize,
    /// What was spent of its account before.
    pub spent: u64,
}

impl Spending {
    /// The account after this one: `None` if it would come above the limit. It never goes below 0.
    #[must_use]
    pub fn added_to(&self, spent: u64) -> Option<u64> {
        let sum = spent.saturating_add_signed(self.amount);
        let fits = self.amount <= 0 || self.limit.is_none_or(|limit| sum <= limit);
        fits.then_some(sum)
    }
}

/// What was spent. A part of [`Store`](super::Store), whose rules hold here.
#[async_trait]
pub trait SpendingStore: Send + Sync {
    /// Adds amounts to accounts in their order, all or none: where one would come above its limit nothing is added. Of
    /// many who spend at the same time, in this process or in others, no two see the same state.
    async fn spend(&self, spending: &[Spending]) -> Result<Result<(), Exceeded>, StoreError>;
    /// What was spent of accounts, in their order; 0 where nothing was.
    async fn spent(&self, accounts: &[Account]) -> Result<Vec<u64>, StoreError>;
    /// Forgets the accounts that began before a moment; how many.
    async fn delete_spending(&self, before: Timestamp) -> Result<u64, StoreError>;
}
