//! What was spent.

use super::InMemory;
use crate::store::{Account, Exceeded, Spending, SpendingStore, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;

#[async_trait]
impl SpendingStore for InMemory {
    async fn spend(&self, spending: &[Spending]) -> Result<Result<(), Exceeded>, StoreError> {
        let mut data = self.write();
        let mut after: BTreeMap<Account, u64> = BTreeMap::new();
        for (index, one) in spending.iter().enumerate() {
            let known = after.get(&one.account).or_else(|| data.spending.get(&one.account));
            let spent = known.copied().unwrap_or(0);
            let Some(sum) = one.added_to(spent) else {
                return Ok(Err(Exceeded { index, spent }));
            };
            after.insert(one.account, sum);
        }
        data.spending.extend(after);
        Ok(Ok(()))
    }

    async fn spent(&self, accounts: &[Account]) -> Result<Vec<u64>, StoreError> {
        let data = self.read();
        Ok(accounts.iter().map(|account| data.spending.get(account).copied().unwrap_or(0)).collect())
    }

    async fn delete_spending(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut data = self.write();
        let all = data.spending.len();
        data.spending.retain(|account, _| account.begins >= before);
        Ok((all - data.spending.len()) as u64)
    }
}
