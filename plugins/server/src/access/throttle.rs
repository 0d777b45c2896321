//! Slows down who shows wrong tokens.

use galatea::route::{RouteError, StatusCode};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// So many wrong tokens may be shown from an address, one after another.
const BURST: u32 = 10;

/// After that, one more in this time.
const EACH: Duration = Duration::from_secs(6);

/// So many addresses, and tokens that were right, are kept in mind.
const MOST: usize = 4096;

/// Slows down who shows wrong tokens. Who showed a right one before is not slowed down: behind a proxy, all callers have one
/// address.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// When all failures of an address are forgotten.
    failures: BTreeMap<IpAddr, Instant>,
    /// The hashes of tokens that were right, and when.
    right: BTreeMap<[u8; 32], Instant>,
}

impl Throttle {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a token may be looked at.
    ///
    /// # Errors
    /// 429 where too many wrong ones came from the address.
    pub(crate) fn check(&self, ip: IpAddr, hash: &[u8; 32]) -> Result<(), RouteError> {
        self.check_at(ip, hash, Instant::now())
    }

    fn check_at(&self, ip: IpAddr, hash: &[u8; 32], now: Instant) -> Result<(), RouteError> {
        let kept = self.lock();
        let Some(forgotten) = kept.failures.get(&block(ip)).filter(|_| !kept.right.contains_key(hash)) else {
            return Ok(());
        };
        let left = forgotten.saturating_duration_since(now);
        if left <= EACH * (BURST - 1) {
            return Ok(());
        }
        let why = "too many wrong tokens came from your address; wait a little";
        Err(RouteError::new(StatusCode::TOO_MANY_REQUESTS, why).with_code("too-many-failures"))
    }

    /// A wrong token was shown.
    pub(crate) fn failed(&self, ip: IpAddr) {
        self.failed_at(ip, Instant::now());
    }

    fn failed_at(&self, ip: IpAddr, now: Instant) {
        let mut kept = self.lock();
        if kept.failures.len() >= MOST {
            kept.failures.retain(|_, forgotten| *forgotten > now);
        }
        if kept.failures.len() >= MOST {
            kept.failures.pop_first();
        }
        let forgotten = kept.failures.entry(block(ip)).or_insert(now);
        *forgotten = (*forgotten).max(now) + EACH;
    }

    /// A right token was shown.
    pub(crate) fn succeeded(&self, hash: [u8; 32]) {
        let mut kept = self.lock();
        if kept.right.len() >= MOST && !kept.right.contains_key(&hash) {
            let oldest = kept.right.iter().min_by_key(|(_, at)| **at).map(|(hash, _)| *hash);
            oldest.map(|oldest| kept.right.remove(&oldest));
        }
        kept.right.insert(hash, Instant::now());
    }
}

/// The addresses that one caller can have: of IPv6, a network.
pub(crate) fn block(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let network = u128::from(ip) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 => v4,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn wrong_tokens_are_slowed_down_by_address() {
        let (throttle, begin) = (Throttle::default(), Instant::now());
        let (one, other) = ("2001:db8::1".parse().unwrap(), "192.0.2.1".parse().unwrap());
        throttle.succeeded([7; 32]);
        for tried in 0..BURST {
            assert!(throttle.check_at(one, &[0; 32], begin).is_ok(), "{tried}");
            throttle.failed_at(one, begin);
        }
        let neighbour = "2001:db8::2".parse().unwrap();
        let refused = throttle.check_at(neighbour, &[0; 32], begin).unwrap_err();
        assert_eq!(refused.status().as_u16(), 429);
        assert!(throttle.check_at(one, &[7; 32], begin).is_ok(), "it was right before");
        assert!(throttle.check_at(other, &[0; 32], begin).is_ok());
        let later = begin + EACH;
        assert!(throttle.check_at(one, &[0; 32], later).is_ok());
        throttle.failed_at(one, later);
        assert!(throttle.check_at(one, &[0; 32], later).is_err());
        assert!(throttle.check_at(one, &[0; 32], later + EACH * BURST).is_ok());
        for number in 0..2 * u32::try_from(MOST).unwrap() {
            throttle.failed_at(IpAddr::V4(number.into()), begin);
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&number.to_be_bytes());
            throttle.succeeded(hash);
        }
        assert!(throttle.lock().failures.len() <= MOST && throttle.lock().right.len() <= MOST);
    }
}
