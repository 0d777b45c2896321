//! A wallet.

use super::{Amount, KindFault, kind};
use async_trait::async_trait;
use jiff::Timestamp;

/// An asset on a chain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Asset {
    /// The chain, e.g. `solana`, `ethereum`, `eip155:8453`.
    pub chain: String,
    /// The address of the token's contract or mint; `None` for the chain's own coin.
    pub token: Option<String>,
}

/// How much there is of an asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Of what.
    pub asset: Asset,
    /// What people call it, e.g. `SOL`; anybody can choose any symbol, so nothing may rest on it.
    pub symbol: String,
    /// How much.
    pub amount: Amount,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Chosen by the caller, once for each payment: the same key again pays nothing again.
    pub key: String,
    /// To which address.
    pub to: String,
    /// Of what.
    pub asset: Asset,
    /// How much; more than nothing, with the decimals of the asset.
    pub amount: Amount,
}

/// How far a payment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// It was sent, and may still fail.
    Sent,
    /// It is on the chain for good.
    Settled,
    /// It failed, and nothing was paid but perhaps a fee.
    Failed(String),
}

/// A payment that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction's id on the chain.
    pub transaction: String,
    /// What was paid.
    pub transfer: Transfer,
    /// The fee, in the chain's own coin, if it is known.
    pub fee: Option<Amount>,
    /// When it was sent.
    pub at: Timestamp,
    /// How far it is.
    pub state: TransferState,
}

/// Holds assets and pays.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Wallet`",
    label = "`Wallet` is not implemented",
    note = "write `#[async_trait] impl Wallet for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Wallet: Send + Sync {
    /// Its address on a chain.
    ///
    /// # Errors
    /// [`KindFault::Unsupported`] for a chain on which it has none.
    async fn address(&self, chain: &str) -> Result<String, KindFault>;

    /// Everything it holds, without what it holds nothing of, by asset.
    ///
    /// # Errors
    /// If a chain cannot be asked: no list is better than one that lacks something.
    async fn balances(&self) -> Result<Vec<Balance>, KindFault>;

    /// How much it holds of an asset; nothing of it is an amount of zero.
    ///
    /// # Errors
    /// [`KindFault::NotFound`] for an asset that there is not, [`KindFault::Unsupported`] for an unknown chain.
    async fn balance(&self, asset: &Asset) -> Result<Amount, KindFault>;

    /// Pays. The same [`key`](Transfer::key) again gives the receipt of the first time, also after an error left open
    /// whether it was paid; a key for something else is refused.
    ///
    /// # Errors
    /// [`KindFault::Refused`]: too little there, amount of nothing, wrong decimals, an address that is none.
    async fn transfer(&self, transfer: &Transfer) -> Result<Receipt, KindFault>;

    /// How far a payment is, by its key; `None` if it was never sent.
    ///
    /// # Errors
    /// If the chain cannot be asked.
    async fn receipt(&self, key: &str) -> Result<Option<Receipt>, KindFault>;
}

kind!(Wallet = "wallet");
