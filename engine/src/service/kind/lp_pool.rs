//! Pools of liquidity of an exchange.

use super::{Amount, Asset, Decimal, KindFault, kind};
use async_trait::async_trait;

/// A pool of two assets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityPool {
    /// Identifies it at the exchange.
    pub id: String,
    /// The exchange, e.g. `orca`.
    pub exchange: String,
    /// Its two assets, with how much of each is in it.
    pub reserves: [(Asset, Amount); 2],
    /// What it takes of a trade, in percent.
    pub fee_percent: Decimal,
    /// What it earned in a year at the present rate, in percent, if that is known.
    pub yearly_percent: Option<Decimal>,
}

/// A share in a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityPosition {
    /// The pool.
    pub pool: String,
    /// The share itself: tokens of the pool.
    pub shares: Amount,
    /// What it stands for now, in the order of the pool's assets.
    pub worth: [Amount; 2],
}

/// Something put in or taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiquidityChange {
    /// The transaction's id on the chain.
    pub transaction: String,
    /// The position after it; no shares where nothing is left.
    pub position: LiquidityPosition,
    /// What was put in or came out, in the order of the pool's assets.
    pub moved: [Amount; 2],
}

/// Puts liquidity into pools and takes it out again.
///
/// `key` is chosen by the caller, once for each change: the same key again changes nothing and gives what the first gave.
/// [`KindFault::NotFound`] is for an unknown pool.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `LpPool`",
    label = "`LpPool` is not implemented",
    note = "write `#[async_trait] impl LpPool for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait LpPool: Send + Sync {
    /// The pools of these two assets, in either order; the one with the most in it first.
    ///
    /// # Errors
    /// If the exchange cannot be asked.
    async fn pools(&self, assets: &[Asset; 2]) -> Result<Vec<LiquidityPool>, KindFault>;

    /// The shares that this agent holds, by pool.
    ///
    /// # Errors
    /// If the exchange cannot be asked.
    async fn positions(&self) -> Result<Vec<LiquidityPosition>, KindFault>;

    /// Puts in at most these amounts, in the ratio of the pool.
    ///
    /// # Errors
    /// [`KindFault::Refused`] if that gives fewer shares than `least_shares`, the least units of the pool's token that are
    /// wanted for it, or the wallet has too little.
    async fn add(
        &self,
        key: &str,
        pool: &str,
        most: [Amount; 2],
        least_shares: u128,
    ) -> Result<LiquidityChange, KindFault>;

    /// Takes out what so many units of the pool's token stand for.
    ///
    /// # Errors
    /// [`KindFault::Refused`] for more than the position has, for none, or if less than `least` would come out.
    async fn remove(
        &self,
        key: &str,
        pool: &str,
        shares: u128,
        least: [Amount; 2],
    ) -> Result<LiquidityChange, KindFault>;
}

kind!(LpPool = "lp-pool");
