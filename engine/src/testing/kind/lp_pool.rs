//! Pools of liquidity in memory.

use super::{Outcome, demand, given, lock, missing, not_found, refuse, refused};
use crate::service::kind::{
    Amount, Asset, KindFault, LiquidityChange, LiquidityPool, LiquidityPosition, LpPool,
};
use async_trait::async_trait;
use std::{collections::BTreeMap, sync::Mutex};

/// Decimal places of shares.
const SHARE_DECIMALS: u8 = 0;

/// Pools in which nothing is traded: what is put in comes out again. A pool has as many shares as it has units of its
/// first asset.
#[derive(Debug, Default)]
pub struct PoolsInMemory(Mutex<Pools>);

#[derive(Debug, Default)]
struct Pools {
    pools: BTreeMap<String, LiquidityPool>,
    shares: BTreeMap<String, u128>,
    done: BTreeMap<String, LiquidityChange>,
}

impl PoolsInMemory {
    /// These pools; each has something of both assets in it, which belongs to others.
    #[must_use]
    pub fn new(pools: impl IntoIterator<Item = LiquidityPool>) -> Self {
        let pools = pools.into_iter().map(|pool| (pool.id.clone(), pool)).collect();
        Self(Mutex::new(Pools { pools, ..Pools::default() }))
    }
}

fn units(pool: &LiquidityPool) -> [u128; 2] {
    [pool.reserves[0].1.units, pool.reserves[1].1.units]
}

/// What so many shares stand for.
fn worth(pool: &LiquidityPool, shares: u128) -> [Amount; 2] {
    let [first, second] = units(pool);
    let of_second = shares.saturating_mul(second).checked_div(first).unwrap_or_default();
    let amount = |at: usize, units| Amount { units, decimals: pool.reserves[at].1.decimals };
    [amount(0, shares), amount(1, of_second)]
}

fn position(pool: &LiquidityPool, shares: u128) -> LiquidityPosition {
    let worth = worth(pool, shares);
    LiquidityPosition {
        pool: pool.id.clone(),
        shares: Amount { units: shares, decimals: SHARE_DECIMALS },
        worth,
    }
}

impl Pools {
    fn change(
        &mut self,
        key: &str,
        id: &str,
        change: impl FnOnce(&LiquidityPool, u128) -> Result<(u128, u128), KindFault>,
    ) -> Result<LiquidityChange, KindFault> {
        if let Some(done) = self.done.get(key) {
            return Ok(done.clone());
        }
        let pool = self.pools.get_mut(id).ok_or_else(|| missing(id))?;
        let held = self.shares.entry(id.to_owned()).or_default();
        let (moved, left) = change(pool, *held)?;
        let (moved_worth, is_more) = (worth(pool, moved), left > *held);
        for (at, amount) in moved_worth.iter().enumerate() {
            let reserve = &mut pool.reserves[at].1;
            let changed = if is_more { reserve.checked_add(*amount) } else { reserve.checked_sub(*amount) };
            *reserve = changed.unwrap_or(*reserve);
        }
        *held = left;
        let transaction = format!("test-{}", self.done.len() + 1);
        let done = LiquidityChange { transaction, position: position(pool, left), moved: moved_worth };
        self.done.insert(key.to_owned(), done.clone());
        Ok(done)
    }
}

#[async_trait]
impl LpPool for PoolsInMemory {
    async fn pools(&self, assets: &[Asset; 2]) -> Result<Vec<LiquidityPool>, KindFault> {
        let fits = |pool: &&LiquidityPool| {
            let own = [&pool.reserves[0].0, &pool.reserves[1].0];
            own == [&assets[0], &assets[1]] || own == [&assets[1], &assets[0]]
        };
        let mut pools: Vec<LiquidityPool> = lock(&self.0).pools.values().filter(fits).cloned().collect();
        pools.sort_by_key(|pool| std::cmp::Reverse(units(pool)));
        Ok(pools)
    }

    async fn positions(&self) -> Result<Vec<LiquidityPosition>, KindFault> {
        let pools = lock(&self.0);
        let held = pools.shares.iter().filter(|(_, shares)| **shares > 0);
        Ok(held.filter_map(|(id, shares)| Some(position(pools.pools.get(id)?, *shares))).collect())
    }

    async fn add(
        &self,
        key: &str,
        pool: &str,
        most: [Amount; 2],
        least_shares: u128,
    ) -> Result<LiquidityChange, KindFault> {
        lock(&self.0).change(key, pool, |pool, held| {
            let [first, second] = units(pool);
            let by_second = most[1].units.saturating_mul(first).checked_div(second).unwrap_or_default();
            let shares = most[0].units.min(by_second);
            if shares == 0 || shares < least_shares {
                return refuse(format!("that gives {shares} shares"));
            }
            Ok((shares, held.saturating_add(shares)))
        })
    }

    async fn remove(
        &self,
        key: &str,
        pool: &str,
        shares: u128,
        least: [Amount; 2],
    ) -> Result<LiquidityChange, KindFault> {
        lock(&self.0).change(key, pool, |pool, held| {
            let worth = worth(pool, shares);
            let Some(left) = held.checked_sub(shares).filter(|_| shares > 0) else {
                return refuse(format!("the position has {held} shares"));
            };
            if worth.iter().zip(least).any(|(worth, least)| worth.units < least.units) {
                return refuse("less than that would come out");
            }
            Ok((shares, left))
        })
    }
}

/// Checks an exchange: puts `amounts` into the first pool of `assets` and takes all of it out again. `keys` are four
/// that were never used.
///
/// # Errors
/// What it did and should have done.
pub async fn check_lp_pool(
    service: &dyn LpPool,
    assets: &[Asset; 2],
    amounts: [Amount; 2],
    keys: [&str; 4],
) -> Outcome {
    let pools = given(service.pools(assets).await, "pools")?;
    let pool = pools.first().ok_or("there is no pool of these assets")?;
    let turned = [assets[1].clone(), assets[0].clone()];
    demand(
        given(service.pools(&turned).await, "pools")? == pools,
        "the order of the assets is of no account",
    )?;
    let shares = |positions: &[LiquidityPosition]| {
        positions.iter().find(|position| position.pool == pool.id).map_or(0, |position| position.shares.units)
    };
    let before = shares(&given(service.positions().await, "positions")?);
    not_found(service.add(keys[0], "no such pool", amounts, 0).await, "an unknown pool")?;
    refused(service.add(keys[0], &pool.id, amounts, u128::MAX).await, "fewer shares than wanted")?;
    let added = given(service.add(keys[1], &pool.id, amounts, 1).await, "add")?;
    let moved = added.moved.iter().zip(amounts);
    demand(
        moved.into_iter().all(|(moved, most)| moved.units <= most.units),
        "no more is put in than was said",
    )?;
    let again = given(service.add(keys[1], &pool.id, amounts, 1).await, "add again")?;
    demand(again.transaction == added.transaction, "the same key is the same change")?;
    let after = shares(&given(service.positions().await, "positions")?);
    demand(after > before && after == added.position.shares.units, "what was put in gives shares once")?;
    let none = amounts.map(|amount| Amount::zero(amount.decimals));
    refused(
        service.remove(keys[2], &pool.id, after.saturating_add(1), none).await,
        "more shares than there are",
    )?;
    refused(service.remove(keys[2], &pool.id, 0, none).await, "taking out nothing")?;
    let removed = given(service.remove(keys[3], &pool.id, after - before, none).await, "remove")?;
    demand(removed.position.shares.units == before, "the shares are given back")?;
    demand(shares(&given(service.positions().await, "positions")?) == before, "and the position says so")
}
