//! How many requests a caller may send.

use crate::access::{Access, Proof, block};
use galatea::route::{RouteError, StatusCode};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use std::{
    fmt,
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Callers that have not called for long are forgotten after so many requests.
const TIDY: usize = 4096;

/// Who is counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    /// Who has this token, wherever.
    Token([u8; 32]),
    /// Who has none, by address.
    Address(IpAddr),
}

impl Caller {
    /// Who is counted for a request.
    pub(crate) fn of(access: &Access, peer: IpAddr) -> Self {
        match access.proof() {
            Some(Proof::Token { hash, .. } | Proof::Setting(hash)) => Self::Token(*hash),
            None => Self::Address(block(peer)),
        }
    }
}

/// The requests of each caller.
pub(crate) struct Rates {
    limiter: DefaultKeyedRateLimiter<Caller>,
    counted: AtomicUsize,
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").finish_non_exhaustive()
    }
}

impl Rates {
    /// So many requests a minute.
    pub(crate) fn new(rate: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::keyed(quota), counted: AtomicUsize::new(0) }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// 429, and how long to wait, where there are too many.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), (RouteError, Duration)> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % TIDY == TIDY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(caller).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            let why = format!(
                "too many requests: {} a minute are allowed; wait {} s",
                until.quota().burst_size(),
                seconds(wait)
            );
            (RouteError::new(StatusCode::TOO_MANY_REQUESTS, why), wait)
        })
    }
}

/// Whole seconds, of which there is one at least.
pub(crate) fn seconds(wait: Duration) -> u64 {
    wait.as_secs_f64().ceil().max(1.0) as u64
}
