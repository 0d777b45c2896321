//! A wallet that owns what a test gives it.

use super::{Outcome, demand, given, lock, refuse, refused};
use crate::{
    clock::Clock,
    service::kind::{Amount, Asset, Balance, KindFault, Receipt, Transfer, TransferState, Wallet},
};
use async_trait::async_trait;
use std::{collections::BTreeMap, sync::Mutex};

/// Holds assets of the chain `test`; addresses begin with `test:`.
#[derive(Debug, Default)]
pub struct WalletInMemory {
    clock: Clock,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    balances: BTreeMap<Asset, Balance>,
    receipts: BTreeMap<String, Receipt>,
}

impl WalletInMemory {
    /// A wallet with these balances, and the times of this clock.
    #[must_use]
    pub fn new(balances: impl IntoIterator<Item = Balance>, clock: Clock) -> Self {
        let balances = balances.into_iter().map(|balance| (balance.asset.clone(), balance)).collect();
        Self { clock, held: Mutex::new(Held { balances, receipts: BTreeMap::new() }) }
    }

    /// What was paid, by key.
    #[must_use]
    pub fn paid(&self) -> Vec<Receipt> {
        lock(&self.held).receipts.values().cloned().collect()
    }
}

fn known_chain(chain: &str) -> Result<(), KindFault> {
    match chain {
        "test" => Ok(()),
        other => Err(KindFault::Unsupported(format!("the chain `{other}`"))),
    }
}

#[async_trait]
impl Wallet for WalletInMemory {
    async fn address(&self, chain: &str) -> Result<String, KindFault> {
        known_chain(chain).map(|()| "test:wallet".to_owned())
    }

    async fn balances(&self) -> Result<Vec<Balance>, KindFault> {
        let held = lock(&self.held);
        Ok(held.balances.values().filter(|balance| balance.amount.units > 0).cloned().collect())
    }

    async fn balance(&self, asset: &Asset) -> Result<Amount, KindFault> {
        known_chain(&asset.chain)?;
        let held = lock(&self.held);
        let balance = held.balances.get(asset).ok_or_else(|| KindFault::NotFound(format!("{asset:?}")))?;
        Ok(balance.amount)
    }

    async fn transfer(&self, transfer: &Transfer) -> Result<Receipt, KindFault> {
        known_chain(&transfer.asset.chain)?;
        let mut held = lock(&self.held);
        if let Some(receipt) = held.receipts.get(&transfer.key) {
            return match receipt.transfer == *transfer {
                true => Ok(receipt.clone()),
                false => refuse(format!("the key `{}` was used for another payment", transfer.key)),
            };
        }
        if transfer.key.is_empty() || transfer.amount.units == 0 || !transfer.to.starts_with("test:") {
            return refuse("a payment has a key, an amount, and an address that begins with `test:`");
        }
        let Some(balance) = held.balances.get_mut(&transfer.asset) else {
            return refuse("there is nothing of this asset");
        };
        let Some(left) = balance.amount.checked_sub(transfer.amount) else {
            return refuse("there is too little of it, or the amount has other decimals");
        };
        balance.amount = left;
        let receipt = Receipt {
            transaction: format!("test-{}", held.receipts.len() + 1),
            transfer: transfer.clone(),
            fee: None,
            at: self.clock.now(),
            state: TransferState::Settled,
        };
        held.receipts.insert(transfer.key.clone(), receipt.clone());
        Ok(receipt)
    }

    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, KindFault> {
        Ok(lock(&self.held).receipts.get(key).cloned())
    }
}

/// Checks a wallet that holds something of `asset`: pays one base unit of it to the address `to`, under the key `key`,
/// which was never used.
///
/// # Errors
/// What it did and should have done.
pub async fn check_wallet(service: &dyn Wallet, asset: &Asset, to: &str, key: &str) -> Outcome {
    demand(
        !given(service.address(&asset.chain).await, "address")?.is_empty(),
        "it has an address on the chain",
    )?;
    let before = given(service.balance(asset).await, "balance")?;
    demand(before.units > 0, "it holds something of the asset")?;
    let all = given(service.balances().await, "balances")?;
    demand(all.iter().all(|balance| balance.amount.units > 0), "what it holds nothing of is not listed")?;
    demand(
        all.iter().any(|balance| balance.asset == *asset && balance.amount == before),
        "the list says the same as the question for one",
    )?;
    let pay = |key: &str, units: u128| Transfer {
        key: key.to_owned(),
        to: to.to_owned(),
        asset: asset.clone(),
        amount: Amount { units, decimals: before.decimals },
    };
    demand(given(service.receipt(key).await, "receipt")?.is_none(), "of an unused key there is no receipt")?;
    refused(service.transfer(&pay(key, 0)).await, "paying nothing")?;
    let too_much = before.units.saturating_add(1);
    refused(service.transfer(&pay(key, too_much)).await, "paying more than there is")?;
    let other = Amount { units: 1, decimals: before.decimals + 1 };
    refused(
        service.transfer(&Transfer { amount: other, ..pay(key, 1) }).await,
        "paying with other decimals",
    )?;
    refused(service.transfer(&Transfer { to: "?".to_owned(), ..pay(key, 1) }).await, "paying to no address")?;
    demand(given(service.balance(asset).await, "balance")? == before, "what is refused costs nothing")?;
    let receipt = given(service.transfer(&pay(key, 1)).await, "transfer")?;
    let after = given(service.balance(asset).await, "balance")?;
    demand(after.units < before.units, "what is paid is gone")?;
    let again = given(service.transfer(&pay(key, 1)).await, "transfer again")?;
    demand(again.transaction == receipt.transaction, "the same key is the same payment")?;
    demand(given(service.balance(asset).await, "balance")? == after, "the same key pays nothing again")?;
    refused(service.transfer(&pay(key, 2)).await, "the key of another payment")?;
    let known = given(service.receipt(key).await, "receipt")?;
    demand(known.is_some_and(|known| known.transfer == receipt.transfer), "the receipt can be asked for")
}
